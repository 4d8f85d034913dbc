using System.Net;
using Dendrite.StandIns.Grpc.Tests.Infrastructure;
using Dendrite.StandIns.Grpc.Tests.Protos;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.StandIns.Grpc.Tests;

/// <summary>Messages come out the same however the transport cuts the bytes.</summary>
public sealed class ResponseReaderTests
{
    private static readonly int[] PayloadSizes = [0, 1, 100, 1_000, 5_000, 20_000, 40_000, 100_000, 3, 0, 70_000, 2];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(1_021)]
    [InlineData(16_384)]
    [InlineData(int.MaxValue)]
    public async Task Pieces_of_any_size_make_the_same_messages(int pieceSize)
    {
        var random = new Random(pieceSize);
        var messages = PayloadSizes.Select(size => MessageOf(random, size)).ToList();
        using var body = new Pieces([.. messages.SelectMany(each => RawCall.Frame(0, each.ToByteArray()))], pieceSize);
        using var channel = GrpcChannel.ForAddress(
            "http://pieces",
            new GrpcChannelOptions { HttpHandler = new Answering(body), DisposeHttpClient = true }
        );
        using var call = new Echo.EchoClient(channel).Repeat(new Message());
        var read = new List<Message>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            read.Add(message);
        }

        Assert.Equal(messages, read);
    }

    private static Message MessageOf(Random random, int size)
    {
        var payload = new byte[size];
        random.NextBytes(payload);
        return new Message { Payload = UnsafeByteOperations.UnsafeWrap(payload) };
    }

    private sealed class Answering(Stream body) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Version = HttpVersion.Version20,
                Content = new StreamContent(body),
            };
            response.Content.Headers.ContentType = new("application/grpc");
            response.TrailingHeaders.Add("grpc-status", "0");
            return Task.FromResult(response);
        }
    }

    /// <summary>A stream that gives at most so many bytes at once.</summary>
    private sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes, writable: false)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, size)], cancellationToken);
    }
}
