using System.Buffers;

namespace Grpc.Core.Wire;

/// <summary>
/// A growing buffer from the shared pool. Dispose gives the memory back; the writer can then be used again.
/// </summary>
internal sealed class PooledBufferWriter : IBufferWriter<byte>, IDisposable
{
    private const int InitialSize = 256;

    private byte[] buffer = [];

    /// <summary>How many bytes are written.</summary>
    public int Length { get; private set; }

    /// <summary>What is written so far; valid until the next write.</summary>
    public Memory<byte> Written => buffer.AsMemory(0, Length);

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, buffer.Length - Length);
        Length += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return buffer.AsSpan(Length);
    }

    /// <summary>Makes room for <paramref name="count"/> more bytes.</summary>
    public void Reserve(int count)
    {
        if (buffer.Length - Length >= count)
        {
            return;
        }

        var wanted = checked(Length + count);
        var size = Math.Max(wanted, Math.Max(InitialSize, (int)Math.Min(2L * buffer.Length, Array.MaxLength)));
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Written.Span.CopyTo(larger);
        Release();
        buffer = larger;
    }

    /// <summary>Forgets what is written and keeps the memory.</summary>
    public void Clear() => Length = 0;

    public void Dispose()
    {
        Release();
        buffer = [];
        Length = 0;
    }

    private void Release()
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
