namespace Dendrite.Signals.Formats;

/// <summary>Samples that follow each other at the nominal rate.</summary>
/// <param name="FirstSample">Index of the first.</param>
/// <param name="SampleCount">Of each channel; at least 1.</param>
/// <param name="OnsetSeconds">When the first was taken, in seconds after <see cref="Recording.StartTime"/>.</param>
public sealed record TimedRun(long FirstSample, long SampleCount, decimal OnsetSeconds);

/// <summary>Where the samples of a stream lie in time, as runs between gaps and jumps of time.</summary>
/// <param name="Runs">By first sample; empty when the stream has no samples.</param>
/// <param name="LargestDriftSeconds">
/// By how much an anchor within a run is off the nominal rate at most: the drift of the device's clock, which formats
/// without anchors do not keep.
/// </param>
public sealed record StreamRuns(RecordedRate Rate, IReadOnlyList<TimedRun> Runs, decimal LargestDriftSeconds)
{
    /// <summary>What is missing of all channels or some, by first sample; pieces without samples.</summary>
    public IReadOnlyList<SamplePiece> Missing { get; init; } = [];

    /// <summary>More pieces than any recording has.</summary>
    private const int MaxRuns = 1_000_000;

    /// <summary>Finds the runs of a stream by its gaps and anchors; no sample is looked at.</summary>
    /// <param name="reader">The recording.</param>
    /// <param name="stream">Index of the stream, which is regular.</param>
    /// <param name="fillGaps">Missing samples belong to the run around them.</param>
    /// <param name="toleranceSeconds">
    /// A jump of time of more than this is a pause; null for half a sample. Streams of one file pause together, which a
    /// slow one shows by less than half of its samples.
    /// </param>
    /// <exception cref="ExportRefusedException">There are more than a million runs.</exception>
    public static async Task<StreamRuns> FindAsync(
        RecordingReader reader,
        int stream,
        bool fillGaps,
        decimal? toleranceSeconds,
        CancellationToken cancellationToken
    )
    {
        var search = new Search(reader.Recording.Streams[stream], toleranceSeconds);
        await foreach (var piece in reader.ReadLayoutAsync(stream, cancellationToken))
        {
            if (piece.Gap is not null && !fillGaps)
            {
                search.SkipTo(piece.FirstSample, piece.FirstSample + piece.SampleCount);
            }
            if (piece.Gap is not null || piece.MissingChannels.Count > 0)
            {
                search.Miss(piece);
            }
            foreach (var anchor in piece.Anchors)
            {
                search.Add(anchor);
            }
        }
        return search.Finish();
    }

    /// <summary>When a sample was taken, in seconds after <see cref="Recording.StartTime"/>.</summary>
    public decimal SecondsAt(long sample)
    {
        var run = Runs[Math.Max(0, SortedSearch.LastIndex(Runs, run => run.FirstSample <= sample))];
        return run.OnsetSeconds + Rate.SecondsAt(sample - run.FirstSample);
    }

    private sealed class Search(RecordedStream stream, decimal? toleranceSeconds)
    {
        private readonly List<TimedRun> runs = [];
        private readonly List<SamplePiece> missing = [];
        private readonly decimal tolerance = toleranceSeconds ?? stream.Rate.SecondsAt(1) / 2;
        private (long Sample, decimal Seconds) run = (0, stream.OnsetSeconds);
        private (long Sample, decimal Seconds)? anchor;
        private decimal drift;

        public void Miss(SamplePiece piece)
        {
            if (missing.Count == MaxRuns)
            {
                throw TooMany();
            }
            missing.Add(piece);
        }

        public void SkipTo(long gapStart, long gapEnd)
        {
            // The device's count went on through the gap, from where it was last known.
            var known = anchor ?? run;
            Close(gapStart);
            run = (gapEnd, known.Seconds + stream.Rate.SecondsAt(gapEnd - known.Sample));
        }

        public void Add(RecordedAnchor next)
        {
            if (next.Sample <= run.Sample)
            {
                run.Seconds = next.Seconds + stream.Rate.SecondsAt(run.Sample - next.Sample);
            }
            else
            {
                decimal off = Math.Abs(next.Seconds - run.Seconds - stream.Rate.SecondsAt(next.Sample - run.Sample));
                // Between two anchors time runs evenly; only where they are neighbours does it jump.
                if (off > tolerance && anchor?.Sample == next.Sample - 1)
                {
                    Close(next.Sample);
                    run = (next.Sample, next.Seconds);
                }
                else
                {
                    drift = Math.Max(drift, off);
                }
            }
            anchor = (next.Sample, next.Seconds);
        }

        public StreamRuns Finish()
        {
            Close(stream.SampleCount);
            return new(stream.Rate, runs, drift) { Missing = missing };
        }

        private void Close(long end)
        {
            if (end <= run.Sample)
            {
                return;
            }
            if (runs.Count == MaxRuns)
            {
                throw TooMany();
            }
            runs.Add(new(run.Sample, end - run.Sample, run.Seconds));
        }

        private static ExportRefusedException TooMany() =>
            new("gaps", $"More than {MaxRuns}. Export a part of the recording.");
    }
}
