using Dendrite.Contracts.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>A dataset that differs, or not.</summary>
/// <param name="OnlyFrom">Records only on the old side.</param>
/// <param name="OnlyTo">Records only on the new side.</param>
/// <param name="Changed">Records on both that differ.</param>
public sealed record DatasetDiff(DatasetPair Pair, long OnlyFrom, long OnlyTo, long Changed)
{
    /// <summary>As it goes to callers, with what differs of the dataset itself.</summary>
    public DatasetDifference Message => field ??= DatasetDifferenceMapper.ToMessage(this);

    /// <summary>Whether neither records nor columns nor anything else of it differs.</summary>
    public bool IsEqual =>
        OnlyFrom + OnlyTo + Changed == 0
        && Message is { Side: DiffSide.Changed } message
        && message.ColumnsOnlyFrom.Count + message.ColumnsOnlyTo.Count == 0
        && message.ColumnsChanged.Count + message.ChangedFields.Count == 0;
}

/// <summary>Puts datasets that differ on the wire.</summary>
public static class DatasetDifferenceMapper
{
    public static DatasetDifference ToMessage(DatasetDiff diff)
    {
        var (from, to) = (diff.Pair.From?.Definition, diff.Pair.To?.Definition);
        var message = new DatasetDifference
        {
            DatasetId = diff.Pair.Name,
            Side =
                from is null ? DiffSide.OnlyTo
                : to is null ? DiffSide.OnlyFrom
                : DiffSide.Changed,
            RecordsOnlyFrom = diff.OnlyFrom,
            RecordsOnlyTo = diff.OnlyTo,
            RecordsChanged = diff.Changed,
        };
        foreach (var column in diff.Pair.Columns.All)
        {
            Add(
                message,
                column.From < 0 ? null : from!.Columns[column.From],
                column.To < 0 ? null : to!.Columns[column.To]
            );
        }

        if (from is not null && to is not null)
        {
            message.ChangedFields.AddRange(Fields(from, to).Where(field => field.Differs).Select(field => field.Name));
        }

        return message;
    }

    private static void Add(DatasetDifference message, ColumnDefinition? from, ColumnDefinition? to)
    {
        var (old, current) = (Map(from), Map(to));
        if (old is null)
        {
            message.ColumnsOnlyTo.Add(current);
        }
        else if (current is null)
        {
            message.ColumnsOnlyFrom.Add(old);
        }
        else if (!old.Equals(current))
        {
            message.ColumnsChanged.Add(new ColumnChange { From = old, To = current });
        }
    }

    private static Column? Map(ColumnDefinition? column) => column is null ? null : ColumnMapper.ToContract(column);

    private static IEnumerable<(string Name, bool Differs)> Fields(DatasetDefinition from, DatasetDefinition to) =>
        [
            ("display_name", from.DisplayName != to.DisplayName),
            ("description", from.Description != to.Description),
            ("key_columns", !from.KeyColumns.Select(NameOf).SequenceEqual(to.KeyColumns.Select(NameOf))),
            ("constraints", !Constraints(from).SequenceEqual(Constraints(to))),
            ("labels", !from.Labels.SequenceEqual(to.Labels)),
        ];

    private static string NameOf(ColumnDefinition column) => column.Name;

    /// <summary>By the names of columns: numbers say nothing where each side made the dataset by itself.</summary>
    private static IEnumerable<string> Constraints(DatasetDefinition definition) =>
        definition
            .Constraints.Select(rule =>
                $"{rule.Name} {(rule as ReferenceConstraint)?.DatasetId} "
                + string.Join(',', rule.Columns.Select(number => definition.Find(number)?.Name))
            )
            .Order(StringComparer.Ordinal);
}
