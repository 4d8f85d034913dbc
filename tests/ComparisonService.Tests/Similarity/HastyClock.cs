namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>The system's clock, which jumps ahead whenever it is looked at, as far as a test says.</summary>
public sealed class HastyClock : TimeProvider
{
    private long ahead;

    /// <summary>By how much; nothing unless a test says.</summary>
    public TimeSpan Step { get; set; }

    public override long GetTimestamp() =>
        base.GetTimestamp() + Interlocked.Add(ref ahead, (long)(Step.TotalSeconds * TimestampFrequency));
}
