using System.Net;

namespace Dendrite.Benchmarks.Grpc;

/// <summary>A body of so many blocks, each written and flushed on its own, as a stream of messages is.</summary>
internal sealed class BlocksContent(int blocks, int blockSizeBytes) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var block = new byte[blockSizeBytes];
        for (var sent = 0; sent < blocks; sent++)
        {
            await stream.WriteAsync(block);
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
