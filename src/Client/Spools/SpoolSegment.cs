using Microsoft.Win32.SafeHandles;

namespace Dendrite.Client.Spools;

/// <summary>
/// One file of the spool: a header, then records. Written at the end only, deleted whole. For one caller at a time.
/// </summary>
internal sealed class SpoolSegment : IDisposable
{
    public const string Extension = ".spool";

    private readonly string path;
    private SafeFileHandle? handle;

    private SpoolSegment(string path, SegmentHeader header, long length)
    {
        this.path = path;
        Header = header;
        Length = length;
    }

    public SegmentHeader Header { get; }

    public long Number => Header.Number;

    /// <summary>Bytes of the file that count.</summary>
    public long Length { get; private set; }

    /// <summary>Where its first record is.</summary>
    public SpoolPosition Start => new(Number, Header.SizeBytes);

    public SpoolPosition End => new(Number, Length);

    /// <summary>Only what took the place of samples that were dropped; see <see cref="SegmentThinner"/>.</summary>
    public bool IsThinned { get; init; }

    public static string PathOf(string directory, long number) => Path.Combine(directory, $"{number:D12}{Extension}");

    /// <summary>Makes the file, with its header.</summary>
    public static SpoolSegment Create(string directory, SegmentHeader header)
    {
        var segment = new SpoolSegment(PathOf(directory, header.Number), header, header.SizeBytes);
        segment.handle = File.OpenHandle(segment.path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read);
        try
        {
            RandomAccess.Write(segment.handle, header.ToBytes(), 0);
            return segment;
        }
        catch (IOException)
        {
            // The next try makes the same file.
            segment.Close();
            throw;
        }
    }

    /// <summary>Opens a file that is there; null where its header is damaged.</summary>
    /// <exception cref="Errors.DendriteException">StreamLayoutMismatch: it is of another layout.</exception>
    public static SpoolSegment? Open(string path, int groupCount)
    {
        using var file = File.OpenHandle(path);
        var start = new byte[Math.Min(SegmentHeader.MaxSizeBytes, RandomAccess.GetLength(file))];
        var read = RandomAccess.Read(file, start, 0);
        return SegmentHeader.Read(start.AsSpan(0, read), groupCount) is { } header
            ? new(path, header, RandomAccess.GetLength(file))
            : null;
    }

    /// <summary>Opens a file that was thinned this moment.</summary>
    public static SpoolSegment OpenThinned(string path, int groupCount)
    {
        using var plain = Open(path, groupCount)!;
        return new(path, plain.Header, plain.Length) { IsThinned = true };
    }

    /// <summary>Adds a record; when that fails, the file is as it was.</summary>
    /// <exception cref="IOException">The disk is full, or worse.</exception>
    public void Append(ReadOnlySpan<byte> record)
    {
        try
        {
            RandomAccess.Write(Handle(), record, Length);
            Length += record.Length;
        }
        catch (IOException)
        {
            CutAt(Length);
            throw;
        }
    }

    /// <summary>The record at an offset; null where there is none, or a damaged one.</summary>
    public SpoolRecord? Read(long offset)
    {
        Span<byte> header = stackalloc byte[SpoolRecord.HeaderBytes];
        if (
            offset + header.Length > Length
            || RandomAccess.Read(Handle(), header, offset) < header.Length
            || SpoolRecord.ReadPayloadLength(header) is not { } payload
            || offset + header.Length + payload > Length
        )
        {
            return null;
        }

        var bytes = new byte[header.Length + payload];
        return RandomAccess.Read(Handle(), bytes, offset) == bytes.Length ? SpoolRecord.Read(bytes) : null;
    }

    /// <summary>The records up to the first that is damaged.</summary>
    public IEnumerable<SpoolRecord> ReadAll()
    {
        for (var offset = Start.Offset; Read(offset) is { } record; offset += record.SizeBytes)
        {
            yield return record;
        }
    }

    /// <summary>Drops what is behind an offset.</summary>
    public void CutAt(long offset)
    {
        RandomAccess.SetLength(Handle(), offset);
        Length = offset;
    }

    /// <summary>Waits until the disk has it.</summary>
    public void Flush() => RandomAccess.FlushToDisk(Handle());

    /// <summary>Closes the file; it is opened again when it is used.</summary>
    public void Close()
    {
        handle?.Dispose();
        handle = null;
    }

    public void Delete()
    {
        Close();
        File.Delete(path);
    }

    public void Dispose() => Close();

    private SafeFileHandle Handle() =>
        handle ??= File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
}
