using System.Text;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>Walks the samples of one chunk. Values stay where they are until they are asked for.</summary>
internal sealed class XdfSamples
{
    /// <summary>No marker is longer; a damaged length must not fill the memory.</summary>
    private const int MaxTextBytes = 1 << 20;
    private const int StampBytes = sizeof(double);

    private readonly XdfBytes bytes;
    private readonly XdfHeader header;
    private readonly XdfChunk chunk;
    private readonly int rowBytes;
    private ulong left;

    private XdfSamples(XdfBytes bytes, XdfHeader header, XdfChunk chunk, ulong count)
    {
        this.bytes = bytes;
        this.header = header;
        this.chunk = chunk;
        left = count;
        rowBytes = header.IsText ? 0 : header.ChannelCount * XdfColumns.ValueBytes(header.Format);
    }

    /// <summary>The time stamp of the sample; null where the file leaves it out.</summary>
    public double? Stamp { get; private set; }

    /// <summary>True when the file ends inside this chunk; what came before is whole.</summary>
    public bool IsTruncated { get; private set; }

    /// <param name="bytes">At the content of the chunk, after the stream's number.</param>
    public static async Task<XdfSamples> BeginAsync(
        XdfBytes bytes,
        XdfHeader header,
        XdfChunk chunk,
        CancellationToken cancellationToken
    )
    {
        int width = await bytes.EnsureAsync(1, cancellationToken) ? bytes.TakeByte() : 0;
        if (width == 0 || (width is 1 or 4 or 8 && !await bytes.EnsureAsync(width, cancellationToken)))
        {
            return new(bytes, header, chunk, 0) { IsTruncated = true };
        }
        return width is 1 or 4 or 8
            ? new(bytes, header, chunk, XdfChunks.Number(bytes.Take(width)))
            : throw new RecordingFormatException(
                $"stream {header.Id}: samples",
                chunk.Offset,
                $"{width} where the number of bytes of their count belongs, which is 1, 4 or 8: the chunk is damaged."
            );
    }

    /// <summary>
    /// Goes on to the next sample, whose values follow: <see cref="TakeRow"/> or <see cref="TakeTextAsync"/> must take
    /// them. False after the last.
    /// </summary>
    /// <exception cref="RecordingFormatException">The chunk's length and content differ.</exception>
    public async ValueTask<bool> NextAsync(CancellationToken cancellationToken)
    {
        if (left == 0 || IsTruncated)
        {
            return IsTruncated || bytes.Position == chunk.End ? false : throw Disagree();
        }
        if (bytes.Position >= chunk.End)
        {
            throw Disagree();
        }
        if (!await bytes.EnsureAsync(1, cancellationToken))
        {
            return Truncate();
        }
        int stampBytes = bytes.TakeByte();
        if (stampBytes is not (0 or StampBytes))
        {
            throw new RecordingFormatException(
                $"stream {header.Id}: time stamp",
                bytes.Position - 1,
                $"{stampBytes} where its number of bytes belongs, which is 0 or 8: the chunk is damaged."
            );
        }
        if (!await bytes.EnsureAsync(stampBytes + rowBytes, cancellationToken))
        {
            return Truncate();
        }
        Stamp = stampBytes == 0 ? null : bytes.TakeDouble();
        if (Stamp is { } stamp && !XdfClock.IsTime(stamp))
        {
            throw new RecordingFormatException(
                $"stream {header.Id}: time stamp",
                bytes.Position - StampBytes,
                $"{stamp}, which no clock shows: the order of time is unknown."
            );
        }
        left--;
        return true;
    }

    /// <summary>The values of all channels of a numeric stream.</summary>
    public ReadOnlySpan<byte> TakeRow() => bytes.Take(rowBytes);

    /// <summary>The next value of a text stream; null where the file ends inside of it.</summary>
    public async ValueTask<string?> TakeTextAsync(CancellationToken cancellationToken)
    {
        long offset = bytes.Position;
        if (!await bytes.EnsureAsync(1, cancellationToken))
        {
            return Cut();
        }
        int width = bytes.TakeByte();
        if (width is not (1 or 4 or 8))
        {
            throw Damaged(offset, $"{width} where the number of bytes of its length belongs, which is 1, 4 or 8");
        }
        if (!await bytes.EnsureAsync(width, cancellationToken))
        {
            return Cut();
        }
        ulong length = XdfChunks.Number(bytes.Take(width));
        if (length > MaxTextBytes)
        {
            throw Damaged(offset, $"{length} bytes");
        }
        return await bytes.EnsureAsync((int)length, cancellationToken)
            ? Encoding.UTF8.GetString(bytes.Take((int)length))
            : Cut();
    }

    private bool Truncate()
    {
        IsTruncated = true;
        return false;
    }

    private string? Cut()
    {
        Truncate();
        return null;
    }

    private RecordingFormatException Damaged(long offset, string problem) =>
        new($"stream {header.Id}: text", offset, $"{problem}: the chunk is damaged.");

    private RecordingFormatException Disagree() =>
        new(
            $"stream {header.Id}: samples",
            chunk.Offset,
            $"The chunk's samples end at byte {bytes.Position}, its length says {chunk.End}: it is damaged."
        );
}
