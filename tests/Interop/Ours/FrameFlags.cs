using System.Buffers.Binary;
using System.Collections.Concurrent;

namespace Dendrite.Interop.Ours;

/// <summary>
/// The compressed-flags of the messages of one direction of a call, in order, read from the bytes as they pass. The
/// gRPC API shows messages after decompression only, and the compression cases ask how each one travelled.
/// </summary>
/// <remarks>
/// A frame: one byte of flag (1 = compressed), four bytes of length (big-endian), the message. Bytes are added by one
/// thread at a time; flags may be taken by another.
/// </remarks>
internal sealed class FrameFlags
{
    private const int HeaderSize = 5;

    private readonly ConcurrentQueue<bool> flags = new();
    private readonly byte[] header = new byte[HeaderSize];
    private int headerCount;
    private long bodyBytesLeft;

    /// <summary>Follows the frames through the next bytes, which may end anywhere.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bodyBytesLeft > 0 ? SkipBody(bytes) : ReadHeader(bytes);
        }
    }

    /// <summary>The flag of the next message, which must have passed already.</summary>
    public bool Next() =>
        flags.TryDequeue(out var compressed)
            ? compressed
            : throw new InvalidOperationException("A message was delivered whose frame never passed.");

    private ReadOnlySpan<byte> SkipBody(ReadOnlySpan<byte> bytes)
    {
        var skipped = (int)Math.Min(bodyBytesLeft, bytes.Length);
        bodyBytesLeft -= skipped;
        return bytes[skipped..];
    }

    private ReadOnlySpan<byte> ReadHeader(ReadOnlySpan<byte> bytes)
    {
        var taken = Math.Min(HeaderSize - headerCount, bytes.Length);
        bytes[..taken].CopyTo(header.AsSpan(headerCount));
        headerCount += taken;
        if (headerCount == HeaderSize)
        {
            flags.Enqueue(header[0] == 1);
            bodyBytesLeft = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(1));
            headerCount = 0;
        }

        return bytes[taken..];
    }
}
