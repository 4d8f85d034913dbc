using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Formats.OpenEphys;

/// <summary>
/// A file of one channel in the format that Open Ephys had first: a header of 1,024 bytes of text, then records: a
/// number of samples since the start (8 bytes), their count (2), the number of the recording (2), the samples,
/// big-endian, a mark of 10 bytes.
/// </summary>
internal sealed partial class ContinuousFile
{
    public const int HeaderBytes = 1024;
    private const int RecordHeaderBytes = 12;
    private const int MarkBytes = 10;

    private static ReadOnlySpan<byte> Mark => [0, 1, 2, 3, 4, 5, 6, 7, 8, 255];

    private readonly Dictionary<string, string> header;

    private ContinuousFile(string name, Dictionary<string, string> header, int recordSamples)
    {
        (Name, this.header, RecordSamples) = (name, header, recordSamples);
        Runs = new("timestamp", name);
    }

    public string Name { get; }

    /// <summary>Of each record.</summary>
    public int RecordSamples { get; }

    /// <summary>By the numbers of the records.</summary>
    public SampleRuns Runs { get; }

    public int RecordBytes => RecordHeaderBytes + (2 * RecordSamples) + MarkBytes;

    /// <summary>A value of the header without quotes; empty where it is missing.</summary>
    public string Header(string key) => header.GetValueOrDefault(key, "");

    /// <summary>Reads the header and checks every record of one recording.</summary>
    /// <param name="recording">Its number, as records have it; null for all.</param>
    public static async Task<ContinuousFile> OpenAsync(
        Stream stream,
        string name,
        int? recording,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        byte[] text = new byte[HeaderBytes];
        int length = await stream.ReadAtLeastAsync(text, text.Length, throwOnEndOfStream: false, cancellationToken);
        if (length < HeaderBytes)
        {
            throw new RecordingFormatException(
                "header",
                length,
                $"The file ends inside its header of {HeaderBytes} bytes.",
                name
            );
        }
        var header = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Match match in Entry().Matches(Encoding.Latin1.GetString(text)))
        {
            header.TryAdd(match.Groups["key"].Value, match.Groups["value"].Value.Trim().Trim('\''));
        }
        var block = new FieldText("header.blockLength", 0, header.GetValueOrDefault("blockLength", "1024"), name);
        var file = new ContinuousFile(name, header, (int)block.ReadInteger(1, 1 << 16));
        await file.CheckAsync(stream, recording, warnings, cancellationToken);
        return file;
    }

    /// <summary>The samples of some records that follow each other, as they stand.</summary>
    /// <param name="firstRecord">Among those of the recording.</param>
    /// <param name="samples">Room for whole records.</param>
    public async Task ReadAsync(
        Stream stream,
        long firstRecord,
        Memory<byte> samples,
        CancellationToken cancellationToken
    )
    {
        byte[] record = new byte[RecordBytes];
        stream.Position = firstByte + (firstRecord * RecordBytes);
        for (int at = 0; at < samples.Length; at += 2 * RecordSamples)
        {
            await stream.ReadExactlyAsync(record, cancellationToken);
            record.AsMemory(RecordHeaderBytes, 2 * RecordSamples).CopyTo(samples[at..]);
        }
    }

    private long firstByte = HeaderBytes;

    private async Task CheckAsync(
        Stream stream,
        int? recording,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        byte[] record = new byte[RecordBytes];
        bool any = false;
        for (long offset = HeaderBytes; offset < stream.Length; offset += RecordBytes)
        {
            int length = await stream.ReadAtLeastAsync(
                record,
                RecordBytes,
                throwOnEndOfStream: false,
                cancellationToken
            );
            if (length < RecordBytes)
            {
                string message = $"Only {length} of the {RecordBytes} bytes of a record are there; left out.";
                warnings.Add(RecordingWarningKind.Truncated, "record", offset, message, Name);
                return;
            }
            if (!record.AsSpan().ContainsAnyExcept((byte)0))
            {
                // A computer that lost its power had made room for more than it wrote.
                const string empty = "Zeros where a record belongs; it and what follows are left out.";
                warnings.Add(RecordingWarningKind.Truncated, "record", offset, empty, Name);
                return;
            }
            var (number, count, which) = Read(record);
            if (count != RecordSamples || !record.AsSpan(RecordBytes - MarkBytes).SequenceEqual(Mark))
            {
                string problem = $"{count} samples and no mark where a record of {RecordSamples} ends: it is damaged.";
                throw new RecordingFormatException("record", offset, problem, Name);
            }
            if (recording is { } wanted && which != wanted)
            {
                continue;
            }
            firstByte = any ? firstByte : offset;
            any = true;
            Runs.Add(number, count, offset);
        }
    }

    private static (long Number, int Count, int Recording) Read(ReadOnlySpan<byte> record) =>
        (
            BinaryPrimitives.ReadInt64LittleEndian(record),
            BinaryPrimitives.ReadUInt16LittleEndian(record[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(record[10..])
        );

    [GeneratedRegex(
        @"header\.(?<key>\w+)\s*=\s*(?<value>'[^']*'|[^;]*);",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Entry();
}
