using System.Runtime.InteropServices;
using Dendrite.Cli.Connection;
using Dendrite.Cli.Import;
using Dendrite.Cli.Reading;
using Dendrite.Signals.Edf;
using Dendrite.V1;

namespace Dendrite.Cli.Demo;

/// <summary>What a comparison found.</summary>
/// <param name="Compared">Samples compared, all channels together.</param>
/// <param name="Difference">The first difference in words, or null when there is none.</param>
internal sealed record ComparisonResult(long Compared, string? Difference);

/// <summary>Reads a stream back and compares it with the file it came from, sample by sample.</summary>
internal static class SampleComparison
{
    /// <summary>One read of the stream, one of the file, side by side; neither is held whole.</summary>
    public static async Task<ComparisonResult> CompareAsync(
        Platform platform,
        string stream,
        EdfSource source,
        StreamPlan plan,
        CancellationToken cancellationToken
    )
    {
        if (plan.Group is not { } group)
        {
            return new(0, null);
        }
        var request = new ReadSamplesRequest { Stream = stream, Format = SampleFormat.Stored };
        using var reader = await SampleReader.OpenAsync(platform.Query, request, cancellationToken);
        string[] labels = [.. reader.Header.Channels.Select(channel => channel.Label)];
        if (!labels.SequenceEqual(group.Signals.Select(signal => signal.Label)))
        {
            return new(0, $"the channels are {string.Join(", ", labels)}");
        }
        await using var file = source.Open();
        var edf = await EdfReader.OpenAsync(file, cancellationToken);
        await using var records = edf.ReadRecordsAsync(0, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var expected = new Expected(group, records);
        long next = 0;
        await foreach (var run in reader.ReadAsync(cancellationToken))
        {
            if (run.FirstSample != next)
            {
                return new(next * labels.Length, $"sample {next} is followed by {run.FirstSample}");
            }
            if (await expected.FindDifferenceAsync(run) is { } difference)
            {
                return new(next * labels.Length, difference);
            }
            next += run.SampleCount;
        }
        return new(
            next * labels.Length,
            next == plan.SampleCount ? null : $"{next} of {plan.SampleCount} samples came back"
        );
    }

    /// <summary>The file's samples, walked along with the runs that come back.</summary>
    private sealed class Expected(EdfRateGroup group, IAsyncEnumerator<EdfRecord> records)
    {
        private int used = group.SamplesPerRecord;

        public async Task<string?> FindDifferenceAsync(SampleRun run)
        {
            for (int done = 0; done < run.SampleCount; )
            {
                if (used == group.SamplesPerRecord)
                {
                    if (!await records.MoveNextAsync())
                    {
                        return $"sample {run.FirstSample + done} is beyond the end of the file";
                    }
                    used = 0;
                }
                int count = Math.Min(group.SamplesPerRecord - used, run.SampleCount - done);
                if (FindDifference(run, done, count) is { } difference)
                {
                    return difference;
                }
                used += count;
                done += count;
            }
            return null;
        }

        private string? FindDifference(SampleRun run, int done, int count)
        {
            var planar = MemoryMarshal.Cast<byte, short>(run.Planar.Span);
            for (int channel = 0; channel < group.Signals.Count; channel++)
            {
                var wanted = records.Current.Samples(group.Signals[channel]).Slice(used, count);
                var found = planar.Slice((channel * run.SampleCount) + done, count);
                int same = wanted.CommonPrefixLength(found);
                if (same < count)
                {
                    string place = $"channel {group.Signals[channel].Label}, sample {run.FirstSample + done + same}";
                    return $"{place}: the file has {wanted[same]}, the platform {found[same]}";
                }
            }
            return null;
        }
    }
}
