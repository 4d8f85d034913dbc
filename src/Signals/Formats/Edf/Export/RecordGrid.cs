using System.Numerics;
using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Formats.Edf.Export;

/// <summary>How the samples of a file's streams are divided into records of one length.</summary>
/// <param name="DurationSeconds">Of a record; exact, and short enough for its field of the header.</param>
/// <param name="SamplesPerRecord">By stream; 0 for one without samples.</param>
/// <param name="Runs">Records that follow each other without a gap.</param>
internal sealed record RecordGrid(
    decimal DurationSeconds,
    IReadOnlyList<int> SamplesPerRecord,
    IReadOnlyList<EdfSegment> Runs
)
{
    /// <summary>What the specification asks for; more is read by most and so is the last resort.</summary>
    private const int WantedRecordBytes = 61_440;

    /// <summary>A nanosecond: onsets of runs are kept to it.</summary>
    private const decimal OnsetUnit = 0.000_000_001m;

    /// <summary>The longest count that its field holds.</summary>
    private const long MaxRecords = 99_999_999;

    public long RecordCount => Runs.Sum(run => run.RecordCount);

    /// <summary>When each record begins, in order.</summary>
    public IEnumerable<decimal> Onsets =>
        Runs.SelectMany(run => Enumerate(run.RecordCount).Select(i => run.OnsetSeconds + (i * DurationSeconds)));

    /// <summary>
    /// When each record begins, to the digit that the file stated from which the recording came, where that moves no
    /// sample. Records are known by their time: of a part, or beside what is masked, they have other numbers.
    /// </summary>
    /// <param name="stated">By record of that file, in seconds after its start time.</param>
    public decimal[] OnsetsAs(IReadOnlyDictionary<long, decimal> stated)
    {
        decimal[] onsets = [.. Onsets];
        decimal[] derived = [.. onsets];
        var begins = Runs.Select(run => run.FirstRecord).ToHashSet();
        int fastest = SamplesPerRecord.DefaultIfEmpty(0).Max();
        decimal half = fastest == 0 ? 0 : DurationSeconds / fastest / 2;
        foreach (var (number, onset) in stated)
        {
            long record = Near(number, onset) ? number : Nearest(onset);
            if (Near(record, onset))
            {
                onsets[record] = onset;
            }
        }
        return onsets;

        // The others of a run are told by its first, so that one stands where its sample does.
        bool Near(long record, decimal onset) =>
            record < derived.Length
            && Math.Abs(onset - derived[record]) <= (begins.Contains(record) ? OnsetUnit : half + OnsetUnit);

        long Nearest(decimal onset)
        {
            int found = Array.BinarySearch(derived, onset);
            int after = Math.Min(found >= 0 ? found : ~found, derived.Length - 1);
            return after > 0 && onset - derived[after - 1] <= derived[after] - onset ? after - 1 : after;
        }
    }

    /// <summary>The grid of a file of nothing but annotations.</summary>
    public static RecordGrid OfAnnotations(decimal durationSeconds, long records, int streams) =>
        new(durationSeconds, new int[streams], [new(0, records, 0)]);

    /// <summary>
    /// The grid whose records are as wanted where that divides all runs, else nearest to a second.
    /// </summary>
    /// <param name="streams">Where the samples of each stream lie; of one clock, so that their runs match.</param>
    /// <param name="bytesPerSample">By stream: of one sample of all its channels, in the file.</param>
    /// <param name="wantedSeconds">That of the file from which the recording came; null for none.</param>
    /// <param name="fill">The last record of a run may be filled up.</param>
    /// <exception cref="ExportRefusedException">No length divides all runs.</exception>
    public static RecordGrid Of(
        IReadOnlyList<StreamRuns> streams,
        IReadOnlyList<int> bytesPerSample,
        decimal? wantedSeconds,
        bool fill
    )
    {
        var sampled = Enumerable.Range(0, streams.Count).Where(i => streams[i].Runs.Count > 0).ToArray();
        var unit = Fraction.SmallestCommon([.. sampled.Select(i => streams[i].Rate)]);
        var units = sampled.Select(i => UnitSamples(streams[i].Rate, unit)).ToArray();
        long[] lengths = Lengths([.. sampled.Select(i => streams[i])], units, fill);
        long bytes = sampled.Zip(units, (stream, samples) => bytesPerSample[stream] * samples).Sum();
        long divisor = Choose(lengths, unit, bytes, wantedSeconds, fill) ?? throw Refuse(streams[sampled[0]], units[0]);

        decimal duration = unit.Times(divisor);
        int[] perRecord = new int[streams.Count];
        foreach (var (stream, samples) in sampled.Zip(units))
        {
            perRecord[stream] = checked((int)(samples * divisor));
        }
        var runs = new List<EdfSegment>();
        for (int i = 0; i < lengths.Length; i++)
        {
            long first = runs.Count == 0 ? 0 : runs[^1].FirstRecord + runs[^1].RecordCount;
            runs.Add(new(first, DivideUp(lengths[i], divisor), streams[sampled[0]].Runs[i].OnsetSeconds));
        }
        var grid = new RecordGrid(duration, perRecord, runs);
        grid.Check();
        return grid;
    }

    /// <summary>Lengths of the runs in units; the same for all streams.</summary>
    private static long[] Lengths(StreamRuns[] streams, long[] units, bool fill)
    {
        var first = streams[0].Runs;
        decimal tolerance = streams.Min(stream => stream.Rate.SecondsAt(1)) / 2;
        for (int i = 1; i < streams.Length; i++)
        {
            bool same =
                streams[i].Runs.Count == first.Count
                && streams[i]
                    .Runs.Zip(first)
                    .All(pair => Math.Abs(pair.First.OnsetSeconds - pair.Second.OnsetSeconds) <= tolerance);
            if (!same)
            {
                throw new ExportRefusedException(
                    "streams",
                    "They do not begin, or pause, at the same instants. Export each to a file of its own."
                );
            }
        }
        long[] lengths = new long[first.Count];
        for (int run = 0; run < lengths.Length; run++)
        {
            long[] each = [.. streams.Zip(units, (stream, samples) => Units(stream.Runs[run], samples, fill))];
            if (each.Distinct().Count() > 1 && !fill)
            {
                throw new ExportRefusedException(
                    "streams",
                    "They do not last equally long. Export each to a file of its own, or the same time with --fill."
                );
            }
            lengths[run] = each.Max();
        }
        return lengths;
    }

    private static long Units(TimedRun run, long unitSamples, bool fill)
    {
        if (run.SampleCount % unitSamples != 0 && !fill)
        {
            throw new ExportRefusedException(
                $"samples {run.FirstSample} to {run.FirstSample + run.SampleCount}",
                $"Beside the other streams their number must be a multiple of {unitSamples}, for a file has whole "
                    + "records. Export the stream to a file of its own, or fill the last record with --fill."
            );
        }
        return DivideUp(run.SampleCount, unitSamples);
    }

    /// <summary>How many units make a record; null where no length is exact and divides all runs.</summary>
    private static long? Choose(long[] lengths, Fraction unit, long unitBytes, decimal? wanted, bool fill)
    {
        long all = lengths.Aggregate(0L, (a, b) => (long)BigInteger.GreatestCommonDivisor(a, b));
        var possible = fill ? Enumerate(NearSecond(unit) * 2).Select(i => i + 1) : Divisors(all);
        var exact = possible
            .Where(count => unit.TryTimes(count) is { } seconds && EdfNumber.Fits(seconds))
            .Where(count => count * unitBytes <= EdfLayout.MaxRecordBytes)
            .Where(count => lengths.Sum(length => DivideUp(length, count)) <= MaxRecords)
            .ToList();
        if (exact.Count == 0)
        {
            return null;
        }
        long? kept = exact.Where(count => unit.Times(count) == wanted).Select(count => (long?)count).FirstOrDefault();
        return kept
            ?? exact.MinBy(count =>
                (count * unitBytes > WantedRecordBytes, Math.Abs(Math.Log((double)unit.Times(count))))
            );
    }

    private static long NearSecond(Fraction unit) => Math.Clamp((long)(1 / unit.Seconds), 1, 100_000);

    private static IEnumerable<long> Divisors(long number)
    {
        // Of the other of each pair, the ones that can be a record of 256 MiB or 100,000,000 samples.
        for (long low = 1; low * low <= number; low++)
        {
            if (number % low == 0)
            {
                yield return low;
                if (low != number / low)
                {
                    yield return number / low;
                }
            }
        }
    }

    private static ExportRefusedException Refuse(StreamRuns stream, long unitSamples)
    {
        var run = stream.Runs[^1];
        long second = Math.Max(1, (long)Math.Ceiling(stream.Rate.Hz));
        long whole = run.FirstSample + (run.SampleCount / second * second);
        string remedy =
            stream.Runs.Count == 1 && whole > run.FirstSample
                ? $"Export up to sample {whole} (--to), or fill what is missing with --fill"
                : "Fill what is missing with --fill";
        return new(
            "data records",
            $"{run.SampleCount} samples at {stream.Rate.Hz:0.####} Hz, in {stream.Runs.Count} pieces, cannot be "
                + $"divided "
                + $"into whole records whose duration has at most {EdfNumber.Width} digits. {remedy}."
        );
    }

    private void Check()
    {
        for (int i = 1; i < Runs.Count; i++)
        {
            decimal end = Runs[i - 1].OnsetSeconds + (Runs[i - 1].RecordCount * DurationSeconds);
            if (Runs[i].OnsetSeconds < end - (DurationSeconds / SamplesPerRecord.Max() / 2))
            {
                throw new ExportRefusedException(
                    $"record {Runs[i].FirstRecord}: onset",
                    $"{Runs[i].OnsetSeconds} s lies before {end} s, where the record before it ends: the "
                        + $"recorder's time "
                        + "went back, which a file cannot say. Export what lies before and after to files of "
                        + "their own."
                );
            }
        }
    }

    private static long UnitSamples(RecordedRate rate, Fraction unit)
    {
        var samples = (BigInteger)rate.Samples * unit.Above / ((BigInteger)rate.Seconds * unit.Below);
        return samples <= EdfLayout.MaxRecordBytes ? (long)samples : throw NoCommonRecord();
    }

    private static ExportRefusedException NoCommonRecord() =>
        new(
            "streams",
            "No record has a whole number of samples of each of their rates. Export each to a file of its own."
        );

    private static long DivideUp(long value, long by) => (value + by - 1) / by;

    private static IEnumerable<long> Enumerate(long count)
    {
        for (long i = 0; i < count; i++)
        {
            yield return i;
        }
    }

    /// <summary>Seconds, exact.</summary>
    private readonly record struct Fraction(long Above, long Below)
    {
        public decimal Seconds => (decimal)Above / Below;

        /// <summary>The shortest time in which each of these rates has a whole number of samples.</summary>
        public static Fraction SmallestCommon(IReadOnlyList<RecordedRate> rates)
        {
            // The least common multiple of the periods, which are fractions in lowest terms.
            var above = rates.Aggregate(
                BigInteger.One,
                (a, rate) => a * rate.Seconds / BigInteger.GreatestCommonDivisor(a, rate.Seconds)
            );
            var below = rates.Aggregate(
                BigInteger.Zero,
                (b, rate) => BigInteger.GreatestCommonDivisor(b, rate.Samples)
            );
            return above <= long.MaxValue ? new((long)above, (long)below) : throw NoCommonRecord();
        }

        public decimal Times(long count) => (decimal)Above * count / Below;

        /// <summary>Null where the product has no end behind the point.</summary>
        public decimal? TryTimes(long count)
        {
            decimal seconds = Times(count);
            return seconds * Below == (decimal)Above * count ? seconds : null;
        }
    }
}
