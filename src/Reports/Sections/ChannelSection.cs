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
            .Select((place, i) => new NamedChannel(names[place], comparison.Channels[place], document.Units[i]))
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

    /// <summary>One line a stream: a cap of 70 electrodes against one of 20 is a sentence and not a page.</summary>
    private static IEnumerable<Block> Unpaired(ExperimentComparison comparison)
    {
        (string, IEnumerable<UnpairedChannel>)[] sides = [("from", comparison.OnlyFrom), ("to", comparison.OnlyTo)];
        var lines = sides
            .SelectMany(side => side.Item2.GroupBy(channel => channel.StreamId), (side, stream) => (side.Item1, stream))
            .Select(one => Unpaired(one.Item1, one.stream.Key, [.. one.stream.Select(channel => channel.Channel)]))
            .ToArray();
        return lines.Length == 0
            ? []
            :
            [
                new Bullets([.. lines.Take(ReportLimits.NamedStreams)]),
                .. Left.Out(lines.Length, ReportLimits.NamedStreams, "such stream"),
            ];
    }

    private static string Unpaired(string side, string stream, string[] labels) =>
        $"{Words.Short(stream)}: {Words.Count(labels.Length, "channel")} only in {side}: "
        + $"{Left.Names(labels, ReportLimits.NamedChannels)}.";

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
internal sealed record NamedChannel(string Name, ChannelComparison Channel, ChannelUnits Units);
