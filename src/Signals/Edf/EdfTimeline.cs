using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Edf;

/// <summary>A run of records without a gap.</summary>
/// <param name="FirstRecord">Index of its first record.</param>
/// <param name="RecordCount">Number of records.</param>
/// <param name="OnsetSeconds">When it begins, in seconds from the start time in the header; exact.</param>
public sealed record EdfSegment(long FirstRecord, long RecordCount, decimal OnsetSeconds);

/// <summary>
/// Gathers record onsets into segments. A record belongs to the running segment when its onset is where the segment's
/// first onset and the records since put it, to within half a sample of the fastest signal: closer, no sample moves.
/// </summary>
internal sealed class EdfTimeline(EdfHeader header, RecordingWarnings warnings)
{
    /// <summary>More pieces than any recording has; a damaged file must not fill the memory.</summary>
    private const int MaxSegments = 1_000_000;

    private readonly List<EdfSegment> segments = [];
    private readonly List<(long Record, decimal OnsetSeconds)> statedOnsets = [];
    private readonly decimal tolerance = Tolerance(header);

    public IReadOnlyList<EdfSegment> Segments => segments;

    /// <summary>
    /// Records whose stated onset is not to the last digit where their segment puts them; no sample moves by it, but
    /// a
    /// copy of the file should state the same.
    /// </summary>
    public IReadOnlyList<(long Record, decimal OnsetSeconds)> StatedOnsets => statedOnsets;

    /// <summary>
    /// More than that are the onsets of a clock that drifts, which are then kept by the sample only.
    /// </summary>
    private const int MaxStatedOnsets = 100_000;

    /// <summary>Takes the next record.</summary>
    /// <param name="record">Index of the record; they come in order.</param>
    /// <param name="onset">What the record says about its onset, or null when it says nothing.</param>
    /// <param name="offset">Where it says so, in bytes.</param>
    public void Add(long record, decimal? onset, long offset)
    {
        Place(record, onset, offset);
        if (onset is { } stated && stated != Derived(record) && statedOnsets.Count < MaxStatedOnsets)
        {
            statedOnsets.Add((record, stated));
        }
    }

    /// <summary>
    /// Where the segment puts a record, its own onset being kept to the nanosecond as the platform does.
    /// </summary>
    private decimal Derived(long record) =>
        decimal.Round(segments[^1].OnsetSeconds, 9)
        + ((record - segments[^1].FirstRecord) * header.RecordDurationSeconds);

    private void Place(long record, decimal? onset, long offset)
    {
        if (segments.Count == 0)
        {
            segments.Add(new(record, 1, onset ?? 0));
            return;
        }
        var current = segments[^1];
        decimal expected = current.OnsetSeconds + (current.RecordCount * header.RecordDurationSeconds);
        decimal stated = onset ?? expected;
        if (Math.Abs(stated - expected) <= tolerance)
        {
            segments[^1] = current with { RecordCount = current.RecordCount + 1 };
            return;
        }
        Break(record, stated, expected, offset);
    }

    private void Break(long record, decimal stated, decimal expected, long offset)
    {
        string field = $"record {record}: onset";
        if (stated < expected)
        {
            throw new RecordingFormatException(
                field,
                offset,
                $"{stated} s lies before {expected} s, where the record before it ends. The order of time is unknown."
            );
        }
        if (header.Variant != EdfVariant.EdfPlusDiscontinuous)
        {
            warnings.Add(
                RecordingWarningKind.NotContinuous,
                field,
                offset,
                $"{stated} s where a continuous file has {expected} s; the gap is kept."
            );
        }
        if (segments.Count == MaxSegments)
        {
            throw new RecordingFormatException(
                field,
                offset,
                $"More than {MaxSegments} gaps: the onsets are " + $"damaged."
            );
        }
        segments.Add(new(record, 1, stated));
    }

    /// <summary>Half a sample of the fastest signal: where records are off by less, no sample moves.</summary>
    public static decimal Tolerance(EdfHeader header)
    {
        int fastest = header.RateGroups.Select(group => group.SamplesPerRecord).DefaultIfEmpty(0).Max();
        return fastest == 0 ? 0 : header.RecordDurationSeconds / fastest / 2;
    }
}
