using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>How many jobs there are, and how they come due.</summary>
/// <param name="Jobs">Each runs once in a round.</param>
/// <param name="Spread">Over how long they come due in the steady round; in the other, all at one instant.</param>
internal sealed record SchedulingSize(int Jobs, TimeSpan Spread)
{
    public static SchedulingSize For(Extent extent) =>
        extent switch
        {
            Extent.Tiny => new(50, TimeSpan.FromSeconds(1)),
            _ => new(10_000, TimeSpan.FromSeconds(60)),
        };
}
