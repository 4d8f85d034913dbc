using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Comparing;

/// <summary>How a diff looks: + is only in the new side, - only in the old one, ~ differs.</summary>
internal static class DiffView
{
    public static void Write(CliOutput output, DiffBranchesResponse diff)
    {
        if (output.IsJson)
        {
            output.WriteMessage(diff);
            return;
        }
        if (diff.Streams.Count == 0 && diff.Datasets.Count == 0)
        {
            output.WriteLine("No difference.");
            return;
        }
        foreach (var stream in diff.Streams)
        {
            output.WriteLine($"{Mark(stream.Side)} stream {stream.StreamId}  {Describe(stream)}");
        }
        foreach (var dataset in diff.Datasets)
        {
            output.WriteLine(
                $"{Mark(dataset.Side)} dataset {dataset.DatasetId}  records: {dataset.RecordsOnlyTo} added, "
                    + $"{dataset.RecordsOnlyFrom} removed, {dataset.RecordsChanged} changed"
            );
        }
    }

    private static char Mark(DiffSide side) =>
        side switch
        {
            DiffSide.OnlyFrom => '-',
            DiffSide.OnlyTo => '+',
            _ => '~',
        };

    private static string Describe(StreamDifference stream)
    {
        if (stream.Side != DiffSide.Changed)
        {
            return Describe(stream.To ?? stream.From);
        }
        var parts = new List<string>();
        if (stream.From?.SampleCount != stream.To?.SampleCount)
        {
            string from = Figures.Count(stream.From?.SampleCount ?? 0);
            parts.Add($"samples {from} -> {Figures.Count(stream.To?.SampleCount ?? 0)}");
        }
        Add(parts, "channels added", stream.ChannelsOnlyTo);
        Add(parts, "channels removed", stream.ChannelsOnlyFrom);
        Add(parts, "channels changed", stream.ChannelsChanged);
        Add(parts, "fields", stream.ChangedFields);
        if (stream.Ranges.Count > 0)
        {
            string first = $"{stream.Ranges[0].Range.StartSample}..{stream.Ranges[0].Range.EndSample}";
            parts.Add($"{stream.Ranges.Count}{(stream.RangesTruncated ? "+" : "")} ranges of samples, first {first}");
        }
        return string.Join("; ", parts);
    }

    private static string Describe(StreamSummary? summary) =>
        summary is null ? "" : $"{summary.ChannelCount} channels, {Figures.Count(summary.SampleCount)} samples";

    private static void Add(List<string> parts, string what, IReadOnlyCollection<string> names)
    {
        if (names.Count > 0)
        {
            parts.Add($"{what}: {string.Join(", ", names)}");
        }
    }
}
