using System.Runtime.CompilerServices;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>
/// Reads the records of an EDF or EDF+ file in order, holding one at a time. For a file whose annotations and gaps
/// matter, and to know before anything is sent whether the whole of it is sound, use <see
/// cref="EdfRecording.ScanAsync"/> first.
/// </summary>
public sealed class EdfReader
{
    private readonly Stream stream;

    private EdfReader(Stream stream, EdfHeader header, long recordCount, RecordingWarnings warnings)
    {
        this.stream = stream;
        Header = header;
        RecordCount = recordCount;
        Warnings = warnings;
    }

    public EdfHeader Header { get; }

    /// <summary>Whole records that will be read: those that the header promises and the file holds.</summary>
    public long RecordCount { get; }

    internal RecordingWarnings Warnings { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <param name="stream">The file from its first byte; seekable, and the caller's to dispose.</param>
    /// <exception cref="RecordingFormatException">The file cannot be read; see docs/edf-import.md.</exception>
    public static async Task<EdfReader> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        stream.Position = 0;
        var warnings = new RecordingWarnings();
        var header = await EdfHeaderReader.ReadAsync(stream, warnings, cancellationToken);
        long records = CountRecords(header, stream.Length, warnings);
        if (records * header.RecordDurationSeconds > EdfLayout.MaxSeconds)
        {
            throw new RecordingFormatException(
                "record duration",
                244,
                $"{records} records of {header.RecordDurationSeconds} s last nearly thirty years. Correct the header."
            );
        }
        return new(stream, header, records, warnings);
    }

    /// <summary>
    /// The records from <paramref name="firstRecord"/> on. Each is valid until the next is asked for: they share one
    /// buffer.
    /// </summary>
    public async IAsyncEnumerable<EdfRecord> ReadRecordsAsync(
        long firstRecord = 0,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        long recordBytes = Header.RecordBytes;
        long offset = Header.HeaderBytes + (firstRecord * recordBytes);
        var record = new EdfRecord(new byte[recordBytes]);
        stream.Position = offset;
        for (long index = firstRecord; index < RecordCount; index++, offset += recordBytes)
        {
            (record.Index, record.Offset) = (index, offset);
            await stream.ReadExactlyAsync(record.Buffer, cancellationToken);
            yield return record;
        }
    }

    /// <summary>
    /// A file whose size is, to the byte, that of samples of the other width begins with the wrong first field: every
    /// sample would be misread.
    /// </summary>
    private static void RefuseOtherWidth(EdfHeader header, long dataBytes)
    {
        decimal stated = (decimal)header.RecordCount * header.RecordBytes;
        var other = header.Width.Other();
        if (header.RecordCount > 0 && dataBytes != stated && dataBytes * (int)header.Width == stated * (int)other)
        {
            throw new RecordingFormatException(
                "version",
                0,
                $"The file calls itself {header.Width.Name()}, and its size is to the byte that of {8 * (int)other}-"
                    + $"bit samples, as {other.Name()} has them. Correct this field."
            );
        }
    }

    private static long CountRecords(EdfHeader header, long fileBytes, RecordingWarnings warnings)
    {
        long dataBytes = fileBytes - header.HeaderBytes;
        long whole = dataBytes / header.RecordBytes;
        long rest = dataBytes % header.RecordBytes;
        RefuseOtherWidth(header, dataBytes);
        void Warn(RecordingWarningKind kind, string message) =>
            warnings.Add(kind, "number of data records", 236, message);
        if (whole == 0 && header.RecordCount == 0)
        {
            throw new RecordingFormatException(
                "number of data records",
                236,
                "0: the file holds no data records, so there is nothing to read."
            );
        }
        if (whole == 0)
        {
            throw new RecordingFormatException(
                "data records",
                fileBytes,
                $"The file ends before its first data record of {header.RecordBytes} bytes is whole."
            );
        }
        if (header.RecordCount <= 0)
        {
            Warn(
                RecordingWarningKind.RecordCountUnknown,
                $"{header.RecordCount}: the recording was not closed; the file holds {whole} records."
            );
        }
        else if (header.RecordCount > whole)
        {
            Warn(
                RecordingWarningKind.RecordsMissing,
                $"{header.RecordCount}, but the file holds {whole} whole records: it was cut short. Those were read."
            );
        }
        else if (header.RecordCount < whole || rest > 0)
        {
            long extra = dataBytes - (header.RecordCount * header.RecordBytes);
            Warn(
                RecordingWarningKind.BytesAfterLastRecord,
                $"{extra} bytes follow the last of {header.RecordCount} records; not read."
            );
            return header.RecordCount;
        }
        if (rest > 0)
        {
            warnings.Add(
                RecordingWarningKind.PartialRecord,
                $"data record {whole}",
                fileBytes - rest,
                $"Only {rest} of its {header.RecordBytes} bytes are there; left out."
            );
        }
        return whole;
    }
}
