namespace Dendrite.Cli.Simulation;

/// <summary>How a simulation went, as JSON mode prints it. Samples are counted for each channel by itself.</summary>
/// <param name="Gateways">One entry for each.</param>
/// <param name="SampleCount">Samples that the devices gave in all, those of earlier runs included.</param>
/// <param name="AcknowledgedCount">Those that are durable, or a declared gap.</param>
/// <param name="LostCount">Those that were dropped for want of room, and declared.</param>
/// <param name="GapCount">Gaps that were declared.</param>
/// <param name="Reconnects">Connections made after the first ones.</param>
/// <param name="MaxSpoolBytes">The most that waited in a gateway's spool.</param>
/// <param name="Cuts">Losses of connection that the link made.</param>
/// <param name="Corruptions">Bits that it flipped.</param>
/// <param name="Seconds">From the first sample until everything was durable.</param>
/// <param name="Verified">Whether all that was read back is what the devices gave; null: not asked.</param>
internal sealed record SimulationReport(
    IReadOnlyList<GatewayReport> Gateways,
    long SampleCount,
    long AcknowledgedCount,
    long LostCount,
    int GapCount,
    int Reconnects,
    long MaxSpoolBytes,
    int Cuts,
    int Corruptions,
    double Seconds,
    bool? Verified
)
{
    /// <summary>Adds up what the gateways say.</summary>
    public static SimulationReport Of(IReadOnlyList<GatewayReport> gateways, TimeSpan elapsed) =>
        new(
            gateways,
            gateways.Sum(gateway => gateway.SampleCount * gateway.ChannelCount),
            gateways.Sum(gateway => gateway.AcknowledgedCount * gateway.ChannelCount),
            gateways.Sum(gateway => gateway.LostCount),
            gateways.Sum(gateway => gateway.GapCount),
            gateways.Sum(gateway => gateway.Reconnects),
            gateways.Max(gateway => gateway.MaxSpoolBytes),
            gateways.Sum(gateway => gateway.Cuts),
            gateways.Sum(gateway => gateway.Corruptions),
            elapsed.TotalSeconds,
            gateways.Any(gateway => gateway.Difference is null)
                ? null
                : gateways.All(gateway => gateway.Difference == "")
        );
}

/// <summary>How one gateway went.</summary>
/// <param name="Stream">Resource name.</param>
/// <param name="ChannelCount">Channels of the device.</param>
/// <param name="SampleCount">Of each channel, that the device gave.</param>
/// <param name="AcknowledgedCount">Of each channel, durable or a declared gap.</param>
/// <param name="LostCount">Dropped and declared, all channels together.</param>
/// <param name="GapCount">Gaps that were declared.</param>
/// <param name="Reconnects">Connections made after the first one.</param>
/// <param name="MaxSpoolBytes">The most that waited.</param>
/// <param name="Cuts">Losses of connection that its link made.</param>
/// <param name="Corruptions">Bits that it flipped.</param>
/// <param name="BlockBytes">Raw samples in a full block at the end.</param>
/// <param name="Version">The commit that holds the last of it.</param>
/// <param name="Difference">What differs in what was read back; empty for nothing, null where nobody looked.</param>
internal sealed record GatewayReport(
    string Stream,
    int ChannelCount,
    long SampleCount,
    long AcknowledgedCount,
    long LostCount,
    int GapCount,
    int Reconnects,
    long MaxSpoolBytes,
    int Cuts,
    int Corruptions,
    int BlockBytes,
    long Version,
    string? Difference
);
