using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>
/// Memory that Kestrel reads requests into and writes responses from: pieces of 32 KB in place of 4 KB. A block of
/// samples has half a megabyte, and by pieces of 4 KB it took 130 calls of the system and as many steps of the pipe to
/// come in.
/// </summary>
internal sealed class WirePool : MemoryPool<byte>
{
    private const int PieceBytes = 32 << 10;

    /// <summary>What is kept for later when nobody uses it, in pieces: 32 MB.</summary>
    private const int MostIdle = 1_000;
    private readonly ConcurrentQueue<byte[]> idle = new();

    public override int MaxBufferSize => PieceBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, PieceBytes);
        var bytes = idle.TryDequeue(out var kept)
            ? kept
            : GC.AllocateUninitializedArray<byte>(PieceBytes, pinned: true);
        return new Piece(this, bytes);
    }

    protected override void Dispose(bool disposing) => idle.Clear();

    private void Return(byte[] bytes)
    {
        if (idle.Count < MostIdle)
        {
            idle.Enqueue(bytes);
        }
    }

    /// <summary>Makes one pool for all of Kestrel.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new WirePool();
    }

    private sealed class Piece(WirePool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? held = bytes;

        public Memory<byte> Memory => held ?? throw new ObjectDisposedException(nameof(Piece));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref held, null) is { } mine)
            {
                pool.Return(mine);
            }
        }
    }
}
