using System.Globalization;
using System.Text;
using System.Text.Json;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary>
/// Writes samples as text or bytes. <c>csv</c>: a heading, then the sample index and a value for each channel.
/// <c>jsonl</c>: one object about the read, then arrays of the same. <c>raw</c>: values only, interleaved.
/// </summary>
internal sealed class SampleWriter(Stream target, SampleHeader header, string format, bool physical)
{
    /// <summary>Text is handed on when this much is waiting.</summary>
    private const int FlushChars = 64 * 1024;

    private readonly SampleType type = header.Channels.Count == 0 ? SampleType.Int16 : header.Channels[0].SampleType;
    private readonly StringBuilder text = new();

    /// <summary>What masks hide of some channels: in its place runs have a number that nothing measured.</summary>
    private readonly List<Gap> hidden = [];

    /// <summary>Writes runs; <paramref name="tell"/> gets what is missing.</summary>
    public async Task WriteAsync(
        IAsyncEnumerable<(SampleRun? Run, Gap? Gap)> read,
        Action<Gap> tell,
        CancellationToken cancellationToken
    )
    {
        WriteHeading();
        await foreach (var (run, gap) in read)
        {
            if (gap is not null)
            {
                Leave(gap);
                tell(gap);
            }
            if (run is { } samples)
            {
                await AddAsync(samples, cancellationToken);
            }
        }
        await FlushAsync(cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>Writes the heading, for runs that come one by one.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        WriteHeading();
        await FlushAsync(cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>Writes one run, to be seen at once.</summary>
    public async Task WriteAsync(SampleRun run, CancellationToken cancellationToken)
    {
        await AddAsync(run, cancellationToken);
        await FlushAsync(cancellationToken);
        await target.FlushAsync(cancellationToken);
    }

    /// <summary>
    /// Tells of a gap before the run that it lies in: the cells of channels that it names stay empty, and are null in
    /// JSON. A gap of all channels needs nothing, for no run has its samples.
    /// </summary>
    public void Leave(Gap gap)
    {
        if (gap.Channels.Count > 0)
        {
            hidden.Add(gap);
        }
    }

    /// <summary>What was hidden is not known any more: the samples to come are others.</summary>
    public void Reset() => hidden.Clear();

    private bool IsHidden(int channel, long sample) =>
        hidden.Exists(gap =>
            gap.Range.StartSample <= sample
            && sample < gap.Range.EndSample
            && gap.Channels.Contains(header.Channels[channel].Label)
        );

    private async Task AddAsync(SampleRun run, CancellationToken cancellationToken)
    {
        hidden.RemoveAll(gap => gap.Range.EndSample <= run.FirstSample);
        if (format == "raw")
        {
            await target.WriteAsync(Interleave(run), cancellationToken);
            return;
        }
        for (int i = 0; i < run.SampleCount; i++)
        {
            WriteLine(run, i);
            if (text.Length >= FlushChars)
            {
                await FlushAsync(cancellationToken);
            }
        }
    }

    private void WriteHeading()
    {
        if (format == "csv")
        {
            text.Append("sample");
            foreach (var channel in header.Channels)
            {
                text.Append(',').Append(Quote(channel.Label));
            }
            text.Append('\n');
        }
        else if (format == "jsonl")
        {
            // By hand, as lines are: a document of unknown length has no object to serialise.
            string labels = string.Join(',', header.Channels.Select(channel => Json(channel.Label)));
            string units = string.Join(',', header.Channels.Select(channel => Json(physical ? channel.Unit : "")));
            text.Append(
                CultureInfo.InvariantCulture,
                $"{{\"version\":{header.Version},\"channels\":[{labels}],\"units\":[{units}]}}\n"
            );
        }
    }

    private void WriteLine(SampleRun run, int index)
    {
        bool json = format == "jsonl";
        text.Append(json ? "[" : "").Append(run.FirstSample + index);
        for (int channel = 0; channel < header.Channels.Count; channel++)
        {
            double value = Value(run, channel, index);
            text.Append(',');
            if (IsHidden(channel, run.FirstSample + index))
            {
                text.Append(json ? "null" : "");
                continue;
            }
            if (json && !double.IsFinite(value))
            {
                // JSON has no word for them; these strings are those of the proto3 mapping.
                text.Append(CultureInfo.InvariantCulture, $"\"{value}\"");
                continue;
            }
            text.Append(CultureInfo.InvariantCulture, $"{value}");
        }
        text.Append(json ? "]\n" : "\n");
    }

    private double Value(SampleRun run, int channel, int index)
    {
        int at = ((channel * run.SampleCount) + index) * type.SizeBytes();
        double stored = StoredSamples.Read(type, run.Planar.Span[at..]);
        return physical ? header.Channels[channel].ToPhysical(stored) : stored;
    }

    private byte[] Interleave(SampleRun run)
    {
        int size = physical ? sizeof(double) : type.SizeBytes();
        byte[] interleaved = new byte[run.SampleCount * header.Channels.Count * size];
        for (int channel = 0; channel < header.Channels.Count; channel++)
        {
            for (int index = 0; index < run.SampleCount; index++)
            {
                var place = interleaved.AsSpan(((index * header.Channels.Count) + channel) * size, size);
                if (physical)
                {
                    bool isHidden = IsHidden(channel, run.FirstSample + index);
                    BitConverter.TryWriteBytes(place, isHidden ? double.NaN : Value(run, channel, index));
                }
                else
                {
                    run.Planar.Span.Slice(((channel * run.SampleCount) + index) * size, size).CopyTo(place);
                }
            }
        }
        return interleaved;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        await target.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
        text.Clear();
    }

    /// <summary>RFC 4180.</summary>
    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;

    private static string Json(string value) => $"\"{JsonEncodedText.Encode(value)}\"";
}
