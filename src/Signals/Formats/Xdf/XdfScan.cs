using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Dendrite.Signals.Formats.Xdf;

/// <summary>Reads a whole file once, checks it, and gathers all but the samples.</summary>
internal sealed class XdfScan
{
    private const int MaxXmlBytes = 16 << 20;
    private const int MaxStreams = 10_000;
    private const int MaxMarkers = 1_000_000;
    private const int StreamIdBytes = sizeof(uint);

    private readonly Dictionary<uint, XdfStream> streams = [];
    private readonly XdfBytes bytes;
    private readonly RecordingWarnings warnings;
    private int markerCount;

    private XdfScan(Stream file, RecordingWarnings warnings)
    {
        bytes = new(file);
        this.warnings = warnings;
    }

    /// <summary>In the order of their headers.</summary>
    public IReadOnlyCollection<XdfStream> Streams => streams.Values;

    /// <summary>Null where it is missing or damaged.</summary>
    public XElement? FileHeader { get; private set; }

    public static async Task<XdfScan> RunAsync(
        Stream file,
        RecordingWarnings warnings,
        CancellationToken cancellationToken
    )
    {
        var scan = new XdfScan(file, warnings);
        scan.bytes.MoveTo(XdfChunks.Magic.Length);
        var chunks = new XdfChunks(scan.bytes);
        while (await chunks.NextAsync(cancellationToken) is { } chunk)
        {
            await scan.ReadAsync(chunk, cancellationToken);
            if (chunk.End > scan.bytes.Length)
            {
                scan.Warn(RecordingWarningKind.Truncated, "chunk", chunk.Offset, "The file ends inside it.");
                break;
            }
            scan.bytes.MoveTo(chunk.End);
        }
        scan.CheckFooters();
        return scan;
    }

    private async Task ReadAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        bool isCut = chunk.End > bytes.Length;
        switch (chunk.Tag)
        {
            case XdfTag.FileHeader when !isCut:
                FileHeader = TryParse(await TextAsync(chunk, cancellationToken), "file header", chunk.Offset);
                break;
            case XdfTag.StreamHeader when !isCut:
                await AddStreamAsync(chunk, cancellationToken);
                break;
            case XdfTag.Samples when !isCut || bytes.Length - chunk.Content >= StreamIdBytes:
                await ReadSamplesAsync(chunk, cancellationToken);
                break;
            case XdfTag.ClockOffset when !isCut:
                await AddClockOffsetAsync(chunk, cancellationToken);
                break;
            case XdfTag.StreamFooter when !isCut:
                if (await FindStreamAsync(chunk, cancellationToken) is { } stream)
                {
                    stream.Footer = await TextAsync(chunk, cancellationToken);
                }
                break;
            case < XdfTag.FileHeader or > XdfTag.StreamFooter:
                Warn(RecordingWarningKind.UnknownPart, "chunk tag", chunk.Offset, $"{(int)chunk.Tag}: left out.");
                break;
        }
    }

    private async Task AddStreamAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        uint id = await ReadIdAsync(chunk, cancellationToken);
        string text = await TextAsync(chunk, cancellationToken);
        if (streams.TryGetValue(id, out var known) && known.Header.Text == text)
        {
            return;
        }
        var header = XdfHeader.Parse(id, chunk.Offset, text);
        if (known is not null || streams.Count == MaxStreams)
        {
            throw new RecordingFormatException(
                $"stream {id}: header",
                chunk.Offset,
                known is null
                    ? $"More than {MaxStreams} streams: the file is damaged."
                    : "The file has another header of this number: whose samples are whose cannot be known."
            );
        }
        streams.Add(id, new(header));
    }

    private async Task ReadSamplesAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        if (await FindStreamAsync(chunk, cancellationToken) is not { } stream)
        {
            return;
        }
        var samples = await XdfSamples.BeginAsync(bytes, stream.Header, chunk, cancellationToken);
        var times = stream.Times;
        while (await samples.NextAsync(cancellationToken))
        {
            double seconds = times.Next(samples.Stamp);
            if (stream.Header.IsText)
            {
                await ReadTextsAsync(stream, samples, seconds, chunk.Offset, cancellationToken);
                if (samples.IsTruncated)
                {
                    break;
                }
            }
            else if (stream.Header.Format == XdfValueType.Int64)
            {
                Widen(stream, samples.TakeRow());
            }
            else
            {
                samples.TakeRow();
            }
            stream.First ??= (seconds, chunk.Offset);
            stream.SampleCount++;
            if (samples.Stamp is { } stamp)
            {
                stream.AddStamp(stamp, chunk.Offset);
            }
        }
        if (samples.IsTruncated && chunk.End <= bytes.Length)
        {
            throw new RecordingFormatException(
                $"stream {stream.Header.Id}: samples",
                chunk.Offset,
                "The chunk's samples reach beyond the end of the file, its length does not: it is damaged."
            );
        }
    }

    private async Task ReadTextsAsync(
        XdfStream stream,
        XdfSamples samples,
        double seconds,
        long offset,
        CancellationToken cancellationToken
    )
    {
        for (int channel = 0; channel < stream.Header.ChannelCount; channel++)
        {
            if (await samples.TakeTextAsync(cancellationToken) is not { } text)
            {
                return;
            }
            // Of several channels, those that say nothing say nothing; a single one's empty marker was sent on purpose.
            if (text.Length == 0 && stream.Header.ChannelCount > 1)
            {
                continue;
            }
            if (markerCount++ < MaxMarkers)
            {
                stream.Markers.Add(new(seconds, offset, channel, text.Length > 0 ? text : "(empty)"));
                continue;
            }
            string field = $"stream {stream.Header.Id}: markers";
            Warn(RecordingWarningKind.AnnotationsTooMany, field, offset, $"After {MaxMarkers} others; left out.");
        }
    }

    private static void Widen(XdfStream stream, ReadOnlySpan<byte> row)
    {
        for (int at = 0; at < row.Length; at += sizeof(long))
        {
            stream.Widen(BitConverter.ToInt64(row[at..]));
        }
    }

    private async Task AddClockOffsetAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        if (await FindStreamAsync(chunk, cancellationToken) is not { } stream)
        {
            return;
        }
        string field = $"stream {stream.Header.Id}: clock offset";
        if (chunk.End - bytes.Position != 2 * sizeof(double))
        {
            throw new RecordingFormatException(field, chunk.Offset, "Not two numbers of 8 bytes: it is damaged.");
        }
        await bytes.EnsureAsync(2 * sizeof(double), cancellationToken);
        var (seconds, value) = (bytes.TakeDouble(), bytes.TakeDouble());
        if (XdfClock.IsTime(seconds) && XdfClock.IsTime(value))
        {
            stream.ClockOffsets.Add(new(chunk.Offset, seconds, value));
            return;
        }
        Warn(RecordingWarningKind.FieldIgnored, field, chunk.Offset, "No time that a clock shows; left out.");
    }

    /// <summary>The stream that a chunk is of; null, with a warning, where there is none of its number.</summary>
    private async Task<XdfStream?> FindStreamAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        uint id = await ReadIdAsync(chunk, cancellationToken);
        if (streams.TryGetValue(id, out var stream))
        {
            return stream;
        }
        string problem = $"Of stream {id}, which has no header before it: left out.";
        Warn(RecordingWarningKind.UnknownPart, $"{chunk.Tag} chunk", chunk.Offset, problem);
        return null;
    }

    private async Task<uint> ReadIdAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        bool fits = chunk.End - chunk.Content >= StreamIdBytes;
        return fits && await bytes.EnsureAsync(StreamIdBytes, cancellationToken)
            ? BitConverter.ToUInt32(bytes.Take(StreamIdBytes))
            : throw new RecordingFormatException(
                $"{chunk.Tag} chunk",
                chunk.Offset,
                "Too short for the number of its stream: the file is damaged."
            );
    }

    /// <summary>The rest of a chunk as text.</summary>
    private async Task<string> TextAsync(XdfChunk chunk, CancellationToken cancellationToken)
    {
        long length = chunk.End - bytes.Position;
        return length <= MaxXmlBytes
            ? Encoding.UTF8.GetString(await bytes.TakeAllAsync((int)length, cancellationToken))
            : throw new RecordingFormatException(
                $"{chunk.Tag} chunk",
                chunk.Offset,
                $"{length} bytes of XML, more than {MaxXmlBytes}: the file is damaged."
            );
    }

    /// <summary>A footer counts what was recorded: a difference says that something is missing.</summary>
    private void CheckFooters()
    {
        foreach (var stream in streams.Values)
        {
            string field = $"stream {stream.Header.Id}: footer";
            if (stream.Footer.Length == 0)
            {
                Warn(RecordingWarningKind.Truncated, field, bytes.Length, "Missing: the recording was not closed.");
                continue;
            }
            var footer = TryParse(stream.Footer, field, stream.Header.Offset);
            string stated = XdfHeader.Value(footer, "sample_count");
            if (long.TryParse(stated, out long count) && count != stream.SampleCount)
            {
                string problem = $"It counts {count} samples, the file holds {stream.SampleCount}; those were read.";
                Warn(RecordingWarningKind.FieldsDisagree, field, stream.Header.Offset, problem);
            }
        }
    }

    private XElement? TryParse(string text, string field, long offset)
    {
        try
        {
            return XdfHeader.ParseXml(text);
        }
        catch (XmlException error)
        {
            Warn(RecordingWarningKind.FieldIgnored, field, offset, $"Not XML ({error.Message}); left out.");
            return null;
        }
    }

    private void Warn(RecordingWarningKind kind, string field, long offset, string message) =>
        warnings.Add(kind, field, offset, message);
}
