namespace Dendrite.Cli.Simulation;

/// <summary>How bad a link is. All zero: not at all.</summary>
/// <param name="Latency">Added to each way.</param>
/// <param name="CutEvery">Mean time between losses of connection; zero: never.</param>
/// <param name="Outage">How long each loss lasts, on average.</param>
/// <param name="CorruptEveryBytes">Mean bytes sent between two flipped bits; zero: none.</param>
/// <param name="Seed">The same seed, the same faults, as far as the traffic is the same.</param>
internal sealed record LinkFaults(
    TimeSpan Latency,
    TimeSpan CutEvery,
    TimeSpan Outage,
    long CorruptEveryBytes,
    int Seed
)
{
    public bool IsAny => Latency > TimeSpan.Zero || CutEvery > TimeSpan.Zero || CorruptEveryBytes > 0;
}
