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

    public async Task WriteAsync(IAsyncEnumerable<SampleRun> runs, CancellationToken cancellationToken)
    {
        WriteHeading();
        await foreach (var run in runs)
        {
            await AddAsync(run, cancellationToken);
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

    private async Task AddAsync(SampleRun run, CancellationToken cancellationToken)
    {
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
                    BitConverter.TryWriteBytes(place, Value(run, channel, index));
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
