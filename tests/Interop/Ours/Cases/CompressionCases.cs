using Dendrite.Interop.Testing;
using Grpc.Core;
using static Dendrite.Interop.Ours.Cases.Content;
using static Dendrite.Interop.Ours.ClientOnOurSide;

namespace Dendrite.Interop.Ours.Cases;

/// <summary>
/// Messages that travel compressed or not, one by one: the servers check each request's flag, these cases each
/// response's.
/// </summary>
internal static class CompressionCases
{
    private static readonly WriteOptions Uncompressed = new(WriteFlags.NoCompress);

    public static async Task ClientCompressedUnary(ClientOnOurSide client)
    {
        var probe = () => UnaryAsync(client, expected: true, Uncompressed);
        await EndsWith.StatusAsync(StatusCode.InvalidArgument, probe);

        await UnaryAsync(client, expected: true, written: null);
        await UnaryAsync(client, expected: false, Uncompressed);
    }

    public static async Task ServerCompressedUnary(ClientOnOurSide client)
    {
        foreach (var compressed in (bool[])[true, false])
        {
            var request = LargeRequest();
            request.ResponseCompressed = new BoolValue { Value = compressed };

            var response = await client.Test.UnaryCallAsync(request, Options());

            Assert.Equal(LargeResponseSize, response.Payload.Body.Length);
            Assert.Equal(compressed, client.ResponseFlags.Next());
        }
    }

    public static async Task ClientCompressedStreaming(ClientOnOurSide client)
    {
        using var probe = client.Test.StreamingInputCall(Options(Gzip()));
        probe.RequestStream.WriteOptions = Uncompressed;
        await probe.RequestStream.WriteAsync(Expect(true, 27182));
        await EndsWith.StatusAsync(StatusCode.InvalidArgument, async () => await probe);

        using var call = client.Test.StreamingInputCall(Options(Gzip()));
        await call.RequestStream.WriteAsync(Expect(true, 27182));
        call.RequestStream.WriteOptions = Uncompressed;
        await call.RequestStream.WriteAsync(Expect(false, 45904));
        await call.RequestStream.CompleteAsync();

        Assert.Equal(27182 + 45904, (await call).AggregatedPayloadSize);
    }

    public static async Task ServerCompressedStreaming(ClientOnOurSide client)
    {
        var request = new StreamingOutputCallRequest
        {
            ResponseParameters =
            {
                new ResponseParameters
                {
                    Compressed = new BoolValue { Value = true },
                    Size = 31415,
                },
                new ResponseParameters
                {
                    Compressed = new BoolValue { Value = false },
                    Size = 92653,
                },
            },
        };
        using var call = client.Test.StreamingOutputCall(request, Options());

        foreach (var each in request.ResponseParameters)
        {
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(each.Size, call.ResponseStream.Current.Payload.Body.Length);
            Assert.Equal(each.Compressed.Value, client.ResponseFlags.Next());
        }

        Assert.False(await call.ResponseStream.MoveNext());
    }

    private static async Task UnaryAsync(ClientOnOurSide client, bool expected, WriteOptions? written)
    {
        var request = LargeRequest();
        request.ExpectCompressed = new BoolValue { Value = expected };
        var options = Options(Gzip());

        var response = await client.Test.UnaryCallAsync(
            request,
            written is null ? options : options.WithWriteOptions(written)
        );

        Assert.Equal(LargeResponseSize, response.Payload.Body.Length);
    }

    private static StreamingInputCallRequest Expect(bool compressed, int size)
    {
        var request = Input(size);
        request.ExpectCompressed = new BoolValue { Value = compressed };
        return request;
    }

    /// <summary>The name by which gRPC for .NET takes a call's request compression; it never travels.</summary>
    private static Metadata Gzip() => new() { { "grpc-internal-encoding-request", "gzip" } };
}
