using System.Buffers.Binary;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>What a chunk holds, as the specification numbers it.</summary>
internal enum XdfTag
{
    FileHeader = 1,
    StreamHeader = 2,
    Samples = 3,
    ClockOffset = 4,
    Boundary = 5,
    StreamFooter = 6,
}

/// <summary>One chunk.</summary>
/// <param name="Tag">May be one that the specification does not know.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Content">Where its content begins, after length and tag.</param>
/// <param name="End">Where the next one begins; beyond the end of the file where it was cut short.</param>
internal readonly record struct XdfChunk(XdfTag Tag, long Offset, long Content, long End);

/// <summary>
/// Walks the chunks of a file: a length of 1, 4 or 8 bytes, itself preceded by that number, then a tag of two bytes,
/// then the content.
/// </summary>
internal sealed class XdfChunks(XdfBytes bytes)
{
    public const int TagBytes = 2;

    /// <summary>The file's first four bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "XDF:"u8;

    /// <summary>The next chunk; null at the end of the file. The place is that of its content then.</summary>
    /// <exception cref="RecordingFormatException">What is there is no chunk.</exception>
    public async ValueTask<XdfChunk?> NextAsync(CancellationToken cancellationToken)
    {
        long offset = bytes.Position;
        if (!await bytes.EnsureAsync(1, cancellationToken))
        {
            return null;
        }
        int width = bytes.TakeByte();
        if (width == 0 && await bytes.AreZeroFromAsync(offset, cancellationToken))
        {
            // A computer that lost its power had made room for more than it wrote.
            return new XdfChunk(XdfTag.Boundary, offset, bytes.Length, long.MaxValue);
        }
        if (width is not (1 or 4 or 8))
        {
            throw new RecordingFormatException(
                "chunk length",
                offset,
                $"{width} where the number of its bytes belongs, which is 1, 4 or 8: the file is damaged from here on."
            );
        }
        if (!await bytes.EnsureAsync(width + TagBytes, cancellationToken))
        {
            // Cut short inside its first bytes.
            return new XdfChunk(XdfTag.Boundary, offset, bytes.Length, long.MaxValue);
        }
        ulong length = Number(bytes.Take(width));
        if (length is < TagBytes or > long.MaxValue / 2)
        {
            throw new RecordingFormatException("chunk length", offset, $"{length} bytes: no chunk is like that.");
        }
        long begin = bytes.Position;
        int tag = BinaryPrimitives.ReadUInt16LittleEndian(bytes.Take(TagBytes));
        return new XdfChunk((XdfTag)tag, offset, begin + TagBytes, begin + (long)length);
    }

    /// <summary>A number of 1, 4 or 8 bytes, unsigned.</summary>
    public static ulong Number(ReadOnlySpan<byte> value) =>
        value.Length switch
        {
            1 => value[0],
            4 => BinaryPrimitives.ReadUInt32LittleEndian(value),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(value),
        };
}
