using Dendrite.Reports.Content;
using Dendrite.Reports.Document;
using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Sections;

/// <summary>Streams that differ, as far as it follows from what is stored.</summary>
internal static class StreamSection
{
    public static Section Of(ReportDocument document)
    {
        var counts = document.Counts;
        var differing = counts.StreamsOnlyFrom + counts.StreamsOnlyTo + counts.StreamsChanged;
        return new(
            "streams",
            "Streams that differ",
            document.Streams.Count == 0
                ? [new Paragraph("None.")]
                :
                [
                    new Table(
                        "Each stream, and what differs of it",
                        [
                            "Stream",
                            "Where",
                            TableColumn.Number("Samples from"),
                            TableColumn.Number("Samples to"),
                            TableColumn.Text("What differs"),
                        ],
                        [.. document.Streams.Select(Row)]
                    )
                    {
                        IsStacked = true,
                    },
                    .. Left.Out(differing, document.Streams.Count, "stream"),
                ]
        );
    }

    private static string[] Row(StreamDifference stream) =>
        [
            Words.Short(stream.StreamId),
            Sides.Of(stream.Side),
            stream.From is { } from ? Numbers.Count(from.SampleCount) : "–",
            stream.To is { } to ? Numbers.Count(to.SampleCount) : "–",
            string.Join("; ", Differences(stream)),
        ];

    private static IEnumerable<string> Differences(StreamDifference stream)
    {
        if (stream.Side != DiffSide.Changed)
        {
            yield return Words.Count((stream.From ?? stream.To)?.ChannelCount ?? 0, "channel");
        }

        foreach (
            var (what, names) in new[]
            {
                ("channels only from", stream.ChannelsOnlyFrom),
                ("channels only to", stream.ChannelsOnlyTo),
                ("channels changed", stream.ChannelsChanged),
                ("fields changed", stream.ChangedFields),
            }
        )
        {
            if (names.Count > 0)
            {
                yield return $"{what}: {Left.Names(names, 8)}";
            }
        }

        if (stream.Ranges.Count > 0)
        {
            var more = stream.RangesTruncated ? "more than " : "";
            var first = stream.Ranges[0].Range;
            yield return $"{more}{Words.Count(stream.Ranges.Count, "range")} of samples, the first "
                + $"{Numbers.Count(first.StartSample)} to {Numbers.Count(first.EndSample)}";
        }
    }
}
