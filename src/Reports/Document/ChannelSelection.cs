using Dendrite.V1;

namespace Dendrite.Reports.Document;

/// <summary>
/// Which pairs are shown where not all can be: those whose differences are best supported. What is chosen depends on
/// the comparison alone.
/// </summary>
public static class ChannelSelection
{
    /// <summary>The pairs that are drawn, as places in <see cref="ExperimentComparison.Channels"/>, rising.</summary>
    public static IReadOnlyList<int> Plotted(ExperimentComparison comparison) =>
        Choose(comparison, ReportLimits.PlottedChannels);

    /// <summary>The pairs that are tabled, likewise.</summary>
    public static IReadOnlyList<int> Tabled(ExperimentComparison comparison) =>
        Choose(comparison, ReportLimits.TabledChannels);

    /// <summary>
    /// The pairs with the smallest corrected p of any of their tests; among equals those with the larger effect, then
    /// those that come first.
    /// </summary>
    internal static IReadOnlyList<int> Choose(ExperimentComparison comparison, int count) =>
        [
            .. Enumerable
                .Range(0, comparison.Channels.Count)
                .OrderBy(place => SmallestP(comparison.Channels[place]))
                .ThenByDescending(place => LargestEffect(comparison.Channels[place]))
                .ThenBy(place => place)
                .Take(count)
                .Order(),
        ];

    private static double SmallestP(ChannelComparison channel) =>
        Finite(channel.Tests.Select(test => test.AdjustedTP)).DefaultIfEmpty(double.PositiveInfinity).Min();

    private static double LargestEffect(ChannelComparison channel) =>
        Finite(channel.Tests.Select(test => Math.Abs(test.HedgesG))).DefaultIfEmpty(0).Max();

    private static IEnumerable<double> Finite(IEnumerable<double> values) => values.Where(double.IsFinite);
}
