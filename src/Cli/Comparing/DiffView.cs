using Dendrite.Cli.Output;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Comparing;

/// <summary>How a diff looks: + is only in the new side, - only in the old one, ~ differs.</summary>
internal sealed class DiffView(CliOutput output)
{
    /// <summary>Records of a dataset that are shown where none is asked for by name: a look, not a listing.</summary>
    public const int RecordsOfDataset = 20;

    /// <summary>Characters of a value: what fits beside another one on a line.</summary>
    private const int ValueLength = 40;

    public void Write(DiffBranchesResponse diff)
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

        output.WriteLine($"from {NameOf(diff.Comparand.From)}");
        output.WriteLine($"to   {NameOf(diff.Comparand.To)}");
        foreach (var stream in diff.Streams)
        {
            WriteLine(stream.Side, $"stream {stream.StreamId}  {Describe(stream)}");
        }

        foreach (var dataset in diff.Datasets)
        {
            WriteLine(dataset.Side, $"dataset {dataset.DatasetId}  {Describe(dataset)}");
        }
    }

    /// <summary>Records of a dataset, a line each.</summary>
    /// <param name="isWhole">Whether there is nothing more of it to be said.</param>
    public void Write(DatasetDifference dataset, IReadOnlyCollection<RecordDifference> records, bool isWhole)
    {
        if (records.Count == 0)
        {
            return;
        }

        output.WriteLine($"records of {dataset.DatasetId}:");
        foreach (var record in records)
        {
            WriteLine(record.Side, $"{record.RecordId}  {string.Join(", ", record.Cells.Select(Describe))}", "  ");
        }

        var more = dataset.RecordsChanged + dataset.RecordsOnlyFrom + dataset.RecordsOnlyTo - records.Count;
        if (!isWhole && more > 0)
        {
            output.WriteLine($"  ... {Figures.Count(more)} more: --dataset {dataset.DatasetId} shows all");
        }
    }

    public void WriteLine(DiffSide side, string text, string indent = "")
    {
        var (mark, colour) = side switch
        {
            DiffSide.OnlyFrom => ('-', Colour.Red),
            DiffSide.OnlyTo => ('+', Colour.Green),
            _ => ('~', Colour.Yellow),
        };
        output.WriteLine(output.Paint($"{indent}{mark} {text}", colour));
    }

    public static string Describe(StreamDifference stream)
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
            string count = stream.RangesTruncated
                ? $"{stream.Ranges.Count}+ ranges"
                : Figures.Count(stream.Ranges.Count, "range");
            parts.Add($"{count} of samples, first {first}");
        }

        return string.Join("; ", parts);
    }

    private static string NameOf(SnapshotReference side) =>
        side.Point?.PointCase == SnapshotPoint.PointOneofCase.Tag
            ? side.Point.Tag
            : $"{side.Branch}@{side.Point?.Version}";

    private static string Describe(DatasetDifference dataset)
    {
        List<string> parts =
        [
            $"records: {Figures.Count(dataset.RecordsOnlyTo)} added, {Figures.Count(dataset.RecordsOnlyFrom)} removed, "
                + $"{Figures.Count(dataset.RecordsChanged)} changed",
        ];
        if (dataset.Side == DiffSide.Changed)
        {
            Add(parts, "columns added", [.. dataset.ColumnsOnlyTo.Select(column => column.Column_)]);
            Add(parts, "columns removed", [.. dataset.ColumnsOnlyFrom.Select(column => column.Column_)]);
            Add(parts, "columns changed", [.. dataset.ColumnsChanged.Select(Describe)]);
            Add(parts, "fields", dataset.ChangedFields);
        }

        return string.Join("; ", parts);
    }

    private static string Describe(ColumnChange change) =>
        change.From.Column_ == change.To.Column_ ? change.To.Column_ : $"{change.From.Column_} -> {change.To.Column_}";

    private static string Describe(CellDifference cell) =>
        cell.From is null ? $"{cell.Column} {Show(cell.To)}"
        : cell.To is null ? $"{cell.Column} {Show(cell.From)}"
        : $"{cell.Column} {Show(cell.From)} -> {Show(cell.To)}";

    private static string Show(Value? value)
    {
        var text = value?.KindCase == Value.KindOneofCase.StringValue ? value.StringValue : value?.ToString() ?? "";
        text = Shown.OnOneLine(text);
        return text.Length <= ValueLength ? text : $"{text.AsSpan(0, ValueLength - 3)}...";
    }

    private static string Describe(StreamSummary? summary) =>
        summary is null
            ? ""
            : $"{Figures.Count(summary.ChannelCount, "channel")}, {Figures.Count(summary.SampleCount, "sample")}";

    private static void Add(List<string> parts, string what, IReadOnlyCollection<string> names)
    {
        if (names.Count > 0)
        {
            parts.Add($"{what}: {string.Join(", ", names)}");
        }
    }
}
