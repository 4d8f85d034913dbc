using Dendrite.Cli.Connection;
using Dendrite.Cli.Import;
using Dendrite.Cli.Reading;
using Dendrite.Signals.Formats;
using Dendrite.V1;

namespace Dendrite.Cli.Demo;

/// <summary>What a comparison found.</summary>
/// <param name="Compared">Samples compared, all channels together.</param>
/// <param name="Difference">The first difference in words, or null when there is none.</param>
internal sealed record ComparisonResult(long Compared, string? Difference);

/// <summary>Reads a stream back and compares it with the file it came from, sample by sample.</summary>
internal static class SampleComparison
{
    /// <summary>
    /// For each channel group one read of the stream and one of the file, side by side; neither is held whole.
    /// </summary>
    public static async Task<ComparisonResult> CompareAsync(
        Platform platform,
        string stream,
        RecordingSource source,
        StreamPlan plan,
        CancellationToken cancellationToken
    )
    {
        long compared = 0;
        for (int group = 0; group < plan.Recorded.Groups.Count; group++)
        {
            var channels = plan.Recorded.Groups[group];
            var request = new ReadSamplesRequest { Stream = stream, Format = SampleFormat.Stored };
            request.Channels.Add(channels.Select(channel => StreamDescriptor.Label(channel.Label)));
            using var reader = await SampleReader.OpenAsync(platform.Query, request, cancellationToken);
            var pieces = source.Reader.ReadAsync(plan.Index, 0, cancellationToken);
            await using var expected = new ExpectedSamples(channels, group, pieces, cancellationToken);
            await foreach (var run in reader.ReadAsync(cancellationToken))
            {
                if (await expected.FindDifferenceAsync(run) is { } difference)
                {
                    return new(compared + (expected.Compared * channels.Count), difference);
                }
            }
            compared += expected.Compared * channels.Count;
            long present = plan.SampleCount - plan.Recorded.MissingSampleCount;
            if (expected.Compared != present)
            {
                return new(compared, $"{expected.Compared} of {present} samples came back");
            }
        }
        return new(compared, null);
    }

    /// <summary>The file's samples of one group, walked along with the runs that come back.</summary>
    private sealed class ExpectedSamples(
        IReadOnlyList<RecordedChannel> channels,
        int group,
        IAsyncEnumerable<SamplePiece> pieces,
        CancellationToken cancellationToken
    ) : IAsyncDisposable
    {
        private readonly int sampleBytes = Signals.Blocks.SampleTypes.SizeBytes(channels[0].SampleType);
        private readonly IAsyncEnumerator<SamplePiece> walk = pieces.GetAsyncEnumerator(cancellationToken);
        private SamplePiece piece = new(0, 0);

        /// <summary>Samples of each channel found equal.</summary>
        public long Compared { get; private set; }

        public async Task<string?> FindDifferenceAsync(SampleRun run)
        {
            for (long at = run.FirstSample; at < run.FirstSample + run.SampleCount; )
            {
                while (piece.FirstSample + piece.SampleCount <= at)
                {
                    if (!await walk.MoveNextAsync())
                    {
                        return $"sample {at} is beyond the end of the file";
                    }
                    piece = walk.Current;
                }
                if (piece.Gap is not null)
                {
                    return $"sample {at} came back and is missing in the file";
                }
                int count = (int)(
                    Math.Min(piece.FirstSample + piece.SampleCount, run.FirstSample + run.SampleCount) - at
                );
                if (FindDifference(run, at, count) is { } difference)
                {
                    return difference;
                }
                at += count;
                Compared += count;
            }
            return null;
        }

        public ValueTask DisposeAsync() => walk.DisposeAsync();

        private string? FindDifference(SampleRun run, long at, int count)
        {
            var planar = piece.Groups[group].Span;
            for (int channel = 0; channel < channels.Count; channel++)
            {
                var wanted = Slice(planar, channel, piece.SampleCount, at - piece.FirstSample, count);
                var found = Slice(run.Planar.Span, channel, run.SampleCount, at - run.FirstSample, count);
                int same = wanted.CommonPrefixLength(found) / sampleBytes;
                if (same < count)
                {
                    var type = (SampleType)(int)channels[channel].SampleType;
                    double there = StoredSamples.Read(type, wanted[(same * sampleBytes)..]);
                    double here = StoredSamples.Read(type, found[(same * sampleBytes)..]);
                    string place = $"channel {channels[channel].Label}, sample {at + same}";
                    return $"{place}: the file has {there}, the platform {here}";
                }
            }
            return null;
        }

        private ReadOnlySpan<byte> Slice(ReadOnlySpan<byte> planar, int channel, long samples, long from, int count) =>
            planar.Slice((int)((channel * samples) + from) * sampleBytes, count * sampleBytes);
    }
}
