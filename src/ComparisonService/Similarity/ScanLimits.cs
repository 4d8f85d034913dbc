using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.ComparisonService.Similarity;

/// <summary>How long a scan may go on, and how much it may hold.</summary>
/// <param name="Budget">For measuring what is not kept.</param>
/// <param name="Given">What is not looked for: the window itself, and those that share samples with it.</param>
internal sealed record ScanLimits(TimeProvider Time, TimeSpan Budget, GivenWindow Given)
{
    /// <summary>Of each nine numbers are held, where it is, and what is seen of it: 100 MB.</summary>
    public const int MaxWindows = 500_000;

    /// <summary>
    /// What is kept is looked at anew by every call, and one that stopped in the middle of it would stop there again:
    /// that takes what it takes, up to this.
    /// </summary>
    private static readonly TimeSpan LookBudget = TimeSpan.FromMinutes(1);

    private readonly long begun = Time.GetTimestamp();

    public bool IsLookOver => Time.GetElapsedTime(begun) >= LookBudget;

    /// <summary>From now on; true once the budget is over.</summary>
    public Func<bool> BeginBudget()
    {
        var measuring = Time.GetTimestamp();
        return () => Time.GetElapsedTime(measuring) >= Budget;
    }
}

/// <summary>The window that others are compared with.</summary>
/// <param name="StreamId">Its stream's number in the database: the same in every branch that sees it.</param>
/// <param name="Channel">Index into the stream's channels.</param>
internal sealed record GivenWindow(long StreamId, int Channel, SampleRange Range)
{
    /// <summary>Whether a window is this one, or overlaps it: of the same place in any branch.</summary>
    public bool Overlaps(ShapedStream stream, int channel, SampleRange range) =>
        stream.Sampled.Stream.StreamId == StreamId && channel == Channel && !range.Intersect(Range).IsEmpty;
}

/// <summary>A window that was looked at.</summary>
/// <param name="Channel">Index into the stream's channels.</param>
/// <param name="Start">Its first sample.</param>
internal readonly record struct FoundWindow(ShapedStream Stream, int Channel, long Start);
