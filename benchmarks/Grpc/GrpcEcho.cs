using Dendrite.Benchmarks.Grpc.Protos;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>The work by gRPC. Every method throws if other bytes come back than were asked for.</summary>
internal sealed class GrpcEcho(Uri address) : IDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress(address);

    private Echo.EchoClient Client => new(channel);

    /// <summary>So many calls, one after the other in each of the workers.</summary>
    public Task CallAsync(int calls, int workers, int messageSizeBytes)
    {
        var client = Client;
        var request = BlockOf(messageSizeBytes);
        return Workers.RunAsync(
            calls,
            workers,
            async share =>
            {
                for (var call = 0; call < share; call++)
                {
                    var response = await client.UnaryAsync(request);
                    Expect.Bytes(messageSizeBytes, response.Data.Length);
                }
            }
        );
    }

    public async Task UploadAsync(int blocks, int blockSizeBytes)
    {
        var block = BlockOf(blockSizeBytes);
        using var call = Client.Upload();
        for (var sent = 0; sent < blocks; sent++)
        {
            await call.RequestStream.WriteAsync(block);
        }

        await call.RequestStream.CompleteAsync();
        Expect.Bytes((long)blocks * blockSizeBytes, (await call).Bytes);
    }

    public async Task DownloadAsync(int blocks, int blockSizeBytes)
    {
        using var call = Client.Download(new Wanted { Blocks = blocks, BlockSizeBytes = blockSizeBytes });
        Expect.Bytes((long)blocks * blockSizeBytes, await ReceiveAsync(call.ResponseStream));
    }

    /// <summary>Blocks there and back, spread over so many streams.</summary>
    public Task ExchangeAsync(int blocks, int streams, int blockSizeBytes) =>
        Workers.RunAsync(blocks, streams, share => ExchangeAsync(share, blockSizeBytes));

    public void Dispose() => channel.Dispose();

    private async Task ExchangeAsync(int blocks, int blockSizeBytes)
    {
        var block = BlockOf(blockSizeBytes);
        using var call = Client.Exchange();
        var received = ReceiveAsync(call.ResponseStream);
        for (var sent = 0; sent < blocks; sent++)
        {
            await call.RequestStream.WriteAsync(block);
        }

        await call.RequestStream.CompleteAsync();
        Expect.Bytes((long)blocks * blockSizeBytes, await received);
    }

    private static async Task<long> ReceiveAsync(IAsyncStreamReader<Block> responses)
    {
        var bytes = 0L;
        while (await responses.MoveNext(CancellationToken.None))
        {
            bytes += responses.Current.Data.Length;
        }

        return bytes;
    }

    private static Block BlockOf(int size) => new() { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
}
