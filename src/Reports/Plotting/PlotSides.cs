using Dendrite.Reports.Document;

namespace Dendrite.Reports.Plotting;

/// <summary>What one plot draws of a pair.</summary>
/// <param name="From">Of the old side; null where nothing of it was measured, or where it is drawn apart.</param>
/// <param name="To">Of the new side; likewise.</param>
internal sealed record PlotSides(ChannelTrace? From, ChannelTrace? To)
{
    /// <summary>
    /// The unit of the side that is drawn in a plot of its own, for it is another one; null where none is.
    /// </summary>
    public string? UnitApart { get; private init; }

    /// <summary>Of what this plot draws; empty where that has none.</summary>
    public string Unit => (From ?? To)?.Unit ?? "";

    /// <summary>What has one unit stands on one axis; sides with two units are drawn apart.</summary>
    public static IReadOnlyList<PlotSides> Of(ChannelPlot plot) =>
        plot is { From: { } from, To: { } to } && from.Unit != to.Unit
            ? [new(from, null) { UnitApart = to.Unit }, new(null, to) { UnitApart = from.Unit }]
            : [new(plot.From, plot.To)];

    /// <summary>Both sides in words; of one that is drawn apart, that it is.</summary>
    /// <param name="describe">What is said of a side, as <c>lies between 1 and 2</c>.</param>
    public string Describe(Func<ChannelTrace?, string> describe) =>
        $"From {Describe(From, describe)}; to {Describe(To, describe)}.";

    private string Describe(ChannelTrace? side, Func<ChannelTrace?, string> describe) =>
        side is null && UnitApart is { } unit ? $"is drawn apart ({Units.Of(unit)})" : describe(side);
}
