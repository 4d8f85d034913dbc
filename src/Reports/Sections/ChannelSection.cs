using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Sections;

/// <summary>Channels side by side: the map, the plots, the figures and the tests.</summary>
internal static class ChannelSection
{
    public static Section Of(ReportDocument document)
    {
        var comparison = document.Comparison;
        if (comparison.Channels.Count == 0)
        {
            return new("channels", "Channels", [new Paragraph("No channel was paired."), .. Unpaired(comparison)]);
        }

        var names = ChannelNames.Of(comparison);
        var tabled = ChannelSelection
            .Tabled(comparison)
            .Select(place => new NamedChannel(names[place], comparison.Channels[place]))
            .ToArray();
        return new(
            "channels",
            "Channels",
            [
                .. Unpaired(comparison),
                .. Remarks(comparison, names),
                .. EffectFigures.Of(comparison, names),
                .. PlotFigures.Of(document),
                .. Some(comparison, tabled.Length),
                .. ChannelTables.Of(comparison, tabled),
            ]
        );
    }

    private static IEnumerable<Block> Some(ExperimentComparison comparison, int tabled) =>
        comparison.Channels.Count > tabled
            ?
            [
                new Paragraph(
                    $"The tables hold the {tabled} of {Words.Count(comparison.Channels.Count, "channel")} whose "
                        + "differences are best supported; the JSON form of this report has them all."
                ),
            ]
            : [];

    private static IEnumerable<Block> Unpaired(ExperimentComparison comparison)
    {
        foreach (var (where, channels) in new[] { ("from", comparison.OnlyFrom), ("to", comparison.OnlyTo) })
        {
            if (channels.Count > 0)
            {
                var names = channels.Select(channel => $"{channel.StreamId}: {channel.Channel}").ToArray();
                yield return new Paragraph(
                    $"{Words.Count(names.Length, "channel")} only in {where}: "
                        + $"{Left.Names(names, ReportLimits.NamedChannels)}."
                );
            }
        }
    }

    /// <summary>Why figures are missing; channels with the same reason in one line.</summary>
    private static IEnumerable<Block> Remarks(ExperimentComparison comparison, IReadOnlyList<string> names)
    {
        var remarks = comparison
            .Channels.Select((channel, i) => (Name: names[i], channel.Remark))
            .Where(entry => entry.Remark.Length > 0)
            .GroupBy(entry => entry.Remark, entry => entry.Name, StringComparer.Ordinal)
            .Select(group => $"{Left.Names([.. group], 12)}: {Words.Short(group.Key, 300)}")
            .ToArray();
        return remarks.Length == 0 ? [] : [new Bullets(remarks)];
    }
}

/// <summary>A pair and what it is called.</summary>
internal sealed record NamedChannel(string Name, ChannelComparison Channel);
