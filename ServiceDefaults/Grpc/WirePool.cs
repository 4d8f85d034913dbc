using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Dendrite.ServiceDefaults.Grpc;

/// <summary>
/// The memory that Kestrel reads requests into and writes responses from, in pieces of 32 KB where its own has 4 KB. A
/// block of samples has half a megabyte: by pieces of 4 KB it takes 130 reads of the socket and as many steps of the
/// pipes. A connection on which nothing happens holds no piece. Thread-safe.
/// </summary>
public sealed class WirePool : MemoryPool<byte>
{
    private const int PieceBytes = 32 << 10;

    /// <summary>Pieces kept for later, 32 MB; what a burst took beyond is left to the garbage collector.</summary>
    private const int MostIdle = 1_000;

    private readonly ConcurrentQueue<byte[]> idle = new();
    private int idleCount;

    public override int MaxBufferSize => PieceBytes;

    /// <param name="minBufferSize">In bytes; every piece has <see cref="MaxBufferSize"/>.</param>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, PieceBytes);
        if (!idle.TryDequeue(out var bytes))
        {
            // Pinned: sockets use it for as long as the service runs, and moving it would only be work.
            return new Piece(this, GC.AllocateUninitializedArray<byte>(PieceBytes, pinned: true));
        }

        Interlocked.Decrement(ref idleCount);
        return new Piece(this, bytes);
    }

    protected override void Dispose(bool disposing) => idle.Clear();

    private void Return(byte[] bytes)
    {
        if (Interlocked.Increment(ref idleCount) <= MostIdle)
        {
            idle.Enqueue(bytes);
        }
        else
        {
            Interlocked.Decrement(ref idleCount);
        }
    }

    /// <summary>Makes the pools that Kestrel asks for.</summary>
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
