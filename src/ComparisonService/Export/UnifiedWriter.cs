using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.Records.Datasets;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Export;

/// <summary>
/// For people, in the manner of <c>diff -u</c>; values are JSON, so that no line break of a text breaks a line:
/// <code>
/// --- projects/lab/branches/a@12
/// +++ projects/lab/branches/b@15
/// @@ subject columns @@
/// -arm text
/// +cohort text
/// @@ subject s1 @@
/// -age: 40
/// +age: 41
/// </code>
/// </summary>
internal sealed class UnifiedWriter : DiffWriter
{
    public override void Begin(StringBuilder text, ResolvedComparand comparand) =>
        text.Append($"--- {NameOf(comparand.From)}\n+++ {NameOf(comparand.To)}\n");

    public override void Begin(StringBuilder text, DatasetPair dataset)
    {
        var lines = new StringBuilder();
        foreach (var column in dataset.Columns.All)
        {
            var from = column.From < 0 ? null : Show(dataset.From!.Definition.Columns[column.From]);
            var to = column.To < 0 ? null : Show(dataset.To!.Definition.Columns[column.To]);
            if (from != to)
            {
                Add(lines, '-', from);
                Add(lines, '+', to);
            }
        }

        if (lines.Length > 0)
        {
            text.Append($"@@ {dataset.Name} columns @@\n").Append(lines);
        }
    }

    public override void Write(StringBuilder text, RecordChange change)
    {
        text.Append($"@@ {change.Dataset.Name} {change.RecordId} @@\n");
        foreach (var cell in change.Cells)
        {
            Add(text, '-', cell.IsInFrom ? $"{cell.Column}: {Json.Of(cell.From)}" : null);
            Add(text, '+', cell.IsInTo ? $"{cell.Column}: {Json.Of(cell.To)}" : null);
        }
    }

    private static void Add(StringBuilder text, char mark, string? line) =>
        _ = line is null ? text : text.Append(mark).Append(line).Append('\n');

    private static string Show(ColumnDefinition column) =>
        $"{column.Name} {column.Type.ToString().ToLowerInvariant()}"
        + $"{(column.Unit.Length > 0 ? $" {column.Unit}" : "")}{(column.Required ? " required" : "")}"
        + $"{(column.Minimum is { } minimum ? $" minimum {Json.Of(minimum)}" : "")}"
        + $"{(column.Maximum is { } maximum ? $" maximum {Json.Of(maximum)}" : "")}"
        + $"{(column.AllowedValues.IsEmpty ? "" : $" allowed {Join(column)}")}"
        + $"{(column.Pattern is { } pattern ? $" pattern {Json.Quote(pattern.Text)}" : "")}"
        + $"{(column.Default is { } value ? $" default {Json.Of(value)}" : "")}";

    private static string Join(ColumnDefinition column) =>
        string.Join(' ', column.AllowedValues.Select(value => value.ToJson()));

    private static string NameOf(SnapshotReference side) =>
        side.Point.PointCase == SnapshotPoint.PointOneofCase.Tag
            ? side.Point.Tag
            : $"{side.Branch}@{side.Point.Version}";
}
