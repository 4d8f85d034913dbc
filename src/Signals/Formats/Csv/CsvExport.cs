using System.Globalization;
using System.Text;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats.Raw;

namespace Dendrite.Signals.Formats.Csv;

/// <summary>How a stream is written as CSV.</summary>
public sealed record CsvExportOptions
{
    /// <summary>Stored values instead of physical ones.</summary>
    public bool Digital { get; init; }

    /// <summary>What the first sample is called: its index in the stream of which this is a part.</summary>
    public long FirstSample { get; init; }
}

/// <summary>
/// Writes a stream as CSV (RFC 4180, UTF-8, CRLF): the sample's index, its instant in UTC to the nanosecond, and a
/// value
/// for each channel in the shortest form that reads back as the same number. Samples that are missing have no line;
/// where some channels miss them, their cells are empty.
/// </summary>
public sealed class CsvExport(RecordingReader reader, int stream, CsvExportOptions options)
{
    /// <summary>Text is handed on when this much is waiting.</summary>
    private const int FlushChars = 64 << 10;

    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly RecordedStream recorded = reader.Recording.Streams[stream];
    private readonly long startNs = (reader.Recording.StartTime ?? DateTimeOffset.UnixEpoch).UtcTicks * 100 - EpochNs;
    private readonly IReadOnlyList<RawChannel> places = RawChannel.Of(
        reader.Recording.Streams[stream],
        RawLayout.Interleaved
    );
    private readonly StringBuilder text = new();
    private long secondShown = long.MinValue;
    private string secondText = "";

    private static long EpochNs => DateTimeOffset.UnixEpoch.UtcTicks * 100;

    /// <summary>Writes all of it; memory is one piece.</summary>
    /// <param name="target">Where it goes; the caller's to flush and dispose.</param>
    /// <param name="progress">Told the samples written of each channel; null for nobody.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task WriteAsync(Stream target, IProgress<long>? progress, CancellationToken cancellationToken)
    {
        WriteHeading();
        await using var clock = new StreamClock(reader, stream, cancellationToken);
        await foreach (var piece in reader.ReadAsync(stream, 0, cancellationToken))
        {
            for (long i = 0; piece.Gap is null && i < piece.SampleCount; i++)
            {
                WriteLine(piece, i, await clock.SecondsAtAsync(piece.FirstSample + i));
                if (text.Length >= FlushChars)
                {
                    await FlushAsync(target, cancellationToken);
                }
            }
            progress?.Report(piece.FirstSample + piece.SampleCount);
        }
        await FlushAsync(target, cancellationToken);
    }

    private void WriteHeading()
    {
        text.Append("sample,time");
        foreach (var channel in recorded.Channels)
        {
            string unit = options.Digital || channel.Unit.Length == 0 ? "" : $" [{channel.Unit}]";
            text.Append(',').Append(Quote(channel.Label + unit));
        }
        text.Append("\r\n");
    }

    private void WriteLine(SamplePiece piece, long index, decimal seconds)
    {
        text.Append(CultureInfo.InvariantCulture, $"{options.FirstSample + piece.FirstSample + index},");
        WriteInstant(seconds);
        foreach (var (channel, place) in recorded.Channels.Zip(places))
        {
            text.Append(',');
            if (!piece.MissingChannels.Contains(channel.Label))
            {
                int at = (int)((place.Place * piece.SampleCount) + index) * place.SampleBytes;
                WriteValue(channel, piece.Groups[place.Group].Span[at..]);
            }
        }
        text.Append("\r\n");
    }

    private void WriteValue(RecordedChannel channel, ReadOnlySpan<byte> sample)
    {
        double stored = StoredNumber.Read(channel.SampleType, sample);
        if (!options.Digital)
        {
            text.Append(CultureInfo.InvariantCulture, $"{channel.ToPhysical(stored)}");
        }
        else if (channel.SampleType == SampleType.Float32)
        {
            // As a double it would show digits that it does not have.
            text.Append(CultureInfo.InvariantCulture, $"{(float)stored}");
        }
        else
        {
            text.Append(CultureInfo.InvariantCulture, $"{stored}");
        }
    }

    private void WriteInstant(decimal seconds)
    {
        long ns = startNs + (long)decimal.Round(seconds * NanosecondsPerSecond);
        long second = Math.DivRem(ns, NanosecondsPerSecond, out long rest);
        (second, rest) = rest < 0 ? (second - 1, rest + NanosecondsPerSecond) : (second, rest);
        if (second != secondShown)
        {
            secondText = DateTimeOffset
                .FromUnixTimeSeconds(second)
                .ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
            secondShown = second;
        }
        text.Append(CultureInfo.InvariantCulture, $"{secondText}.{rest:D9}Z");
    }

    private async Task FlushAsync(Stream target, CancellationToken cancellationToken)
    {
        await target.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()), cancellationToken);
        text.Clear();
    }

    private static string Quote(string cell) =>
        cell.AsSpan().ContainsAny(",\"\r\n") ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell;
}
