using System.Buffers.Binary;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>
/// Walks the bytes of a file through one buffer, so that a chunk of any length needs no more memory than a small one.
/// Values are read when <see cref="EnsureAsync"/> has said that they are there.
/// </summary>
internal sealed class XdfBytes(Stream stream)
{
    /// <summary>Room for one sample of the most channels.</summary>
    private const int BufferBytes = 1 << 20;

    private readonly byte[] buffer = new byte[BufferBytes];
    private int at;
    private int filled;
    private long bufferOffset;

    /// <summary>Of the next byte, from the start of the file.</summary>
    public long Position => bufferOffset + at;

    public long Length => stream.Length;

    /// <summary>How many bytes can be taken without waiting.</summary>
    public int Available => filled - at;

    /// <summary>Goes to a place; cheap where it is in the buffer.</summary>
    public void MoveTo(long position)
    {
        long inBuffer = position - bufferOffset;
        if (inBuffer >= 0 && inBuffer <= filled)
        {
            at = (int)inBuffer;
            return;
        }
        (bufferOffset, at, filled) = (position, 0, 0);
    }

    /// <summary>Whether so many bytes follow; has them in the buffer then. At most <see cref="BufferBytes"/>.</summary>
    public ValueTask<bool> EnsureAsync(int count, CancellationToken cancellationToken) =>
        Available >= count ? new(true) : FillAsync(count, cancellationToken);

    /// <summary>Whether nothing but zeros stands from a place to the end of the file, and goes there.</summary>
    public async ValueTask<bool> AreZeroFromAsync(long position, CancellationToken cancellationToken)
    {
        MoveTo(position);
        bool areZero = true;
        while (areZero && await EnsureAsync(1, cancellationToken))
        {
            areZero = !Take(Available).ContainsAnyExcept((byte)0);
        }
        return areZero;
    }

    public ReadOnlySpan<byte> Take(int count)
    {
        var taken = buffer.AsSpan(at, count);
        at += count;
        return taken;
    }

    public byte TakeByte() => buffer[at++];

    public double TakeDouble() => BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)));

    /// <summary>Bytes of any number, into memory of their own; the caller has bounded it.</summary>
    public async Task<byte[]> TakeAllAsync(int count, CancellationToken cancellationToken)
    {
        byte[] all = new byte[count];
        for (int done = 0; done < count; )
        {
            int part = Math.Min(count - done, BufferBytes);
            if (!await EnsureAsync(part, cancellationToken))
            {
                throw new EndOfStreamException();
            }
            Take(part).CopyTo(all.AsSpan(done));
            done += part;
        }
        return all;
    }

    private async ValueTask<bool> FillAsync(int count, CancellationToken cancellationToken)
    {
        buffer.AsSpan(at, Available).CopyTo(buffer);
        (bufferOffset, filled, at) = (bufferOffset + at, Available, 0);
        stream.Position = bufferOffset + filled;
        filled += await stream.ReadAtLeastAsync(
            buffer.AsMemory(filled),
            count - filled,
            throwOnEndOfStream: false,
            cancellationToken
        );
        return filled >= count;
    }
}
