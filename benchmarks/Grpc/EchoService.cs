using Dendrite.Benchmarks.Grpc.Protos;
using Google.Protobuf;
using Grpc.Core;

namespace Dendrite.Benchmarks.Grpc;

internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Block> Unary(Block request, ServerCallContext context) => Task.FromResult(request);

    public override async Task<Transferred> Upload(IAsyncStreamReader<Block> requestStream, ServerCallContext context)
    {
        var bytes = 0L;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            bytes += requestStream.Current.Data.Length;
        }

        return new Transferred { Bytes = bytes };
    }

    public override async Task Download(
        Wanted request,
        IServerStreamWriter<Block> responseStream,
        ServerCallContext context
    )
    {
        var block = new Block { Data = UnsafeByteOperations.UnsafeWrap(new byte[request.BlockSizeBytes]) };
        for (var sent = 0; sent < request.Blocks; sent++)
        {
            await responseStream.WriteAsync(block, context.CancellationToken);
        }
    }

    public override async Task Exchange(
        IAsyncStreamReader<Block> requestStream,
        IServerStreamWriter<Block> responseStream,
        ServerCallContext context
    )
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(requestStream.Current, context.CancellationToken);
        }
    }
}
