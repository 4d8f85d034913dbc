using System.Collections.Immutable;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.ComparisonService.Records;

/// <summary>A column on both sides of a dataset.</summary>
/// <param name="From">Its place among the columns of the old side; -1 where that does not have it.</param>
/// <param name="To">Its place among the columns of the new side; likewise.</param>
/// <param name="Name">As the new side calls it, or the old one where only that has it.</param>
public sealed record ColumnPair(int From, int To, string Name)
{
    /// <summary>
    /// Whether its cells can differ. Those of a column that one side dropped do not: the column is the difference, and
    /// it is told once and not for every record.
    /// </summary>
    public bool IsCompared { get; init; } = true;

    /// <summary>
    /// What the side without the column would have in it: of a column that the other side added, the value that it
    /// gave to the records of before.
    /// </summary>
    public CellValue? Missing { get; init; }

    /// <summary>
    /// The side's column as which the two values are compared, the one that was widened where one was; null: each as
    /// text.
    /// </summary>
    public ColumnDefinition? ComparedAs { get; init; }
}

/// <summary>
/// The columns of both sides: of one dataset paired by their permanent numbers, so that a renamed column is one column;
/// of two datasets that bear one name, by their names.
/// </summary>
public sealed class ColumnPairs
{
    private ColumnPairs(ImmutableArray<ColumnPair> all, bool isSame) => (All, IsSame) = (all, isSame);

    /// <summary>In the order of the new side, then those that only the old side has.</summary>
    public ImmutableArray<ColumnPair> All { get; }

    /// <summary>Whether both sides have the same columns, so that equal documents are equal records.</summary>
    public bool IsSame { get; }

    public static ColumnPairs Of(DatasetPair pair) => Of(pair, pair.IsShared);

    /// <summary>By their names, whatever became of them: a renamed column is two.</summary>
    public static ColumnPairs ByName(DatasetPair pair) => Of(pair, false);

    private static ColumnPairs Of(DatasetPair pair, bool byNumber)
    {
        var (from, to) = (ColumnsOf(pair.From), ColumnsOf(pair.To));
        var pairs = ImmutableArray.CreateBuilder<ColumnPair>();
        for (var i = 0; i < to.Length; i++)
        {
            var old = IndexOf(from, to[i], byNumber);
            pairs.Add(old < 0 ? OneSided(pair, to[i], -1, i) : Both(from[old], to[i], old, i));
        }

        for (var i = 0; i < from.Length; i++)
        {
            if (IndexOf(to, from[i], byNumber) < 0)
            {
                pairs.Add(OneSided(pair, from[i], i, -1));
            }
        }

        return new(pairs.ToImmutable(), pair.IsShared && from.SequenceEqual(to));
    }

    private static ColumnPair Both(ColumnDefinition from, ColumnDefinition to, int old, int current) =>
        new(old, current, to.Name) { ComparedAs = Wider(from, to) };

    /// <remarks>Where the whole dataset is on one side only, so are all of its cells.</remarks>
    private static ColumnPair OneSided(DatasetPair pair, ColumnDefinition column, int from, int to) =>
        new(from, to, column.Name)
        {
            IsCompared = !pair.IsShared || !pair.ColumnsAtBase.Contains(column.Number),
            Missing = column.Fill,
        };

    /// <summary>Records of before one side widened the column have not changed by it.</summary>
    private static ColumnDefinition? Wider(ColumnDefinition from, ColumnDefinition to) =>
        from.Type == to.Type || to.FormerTypes.Contains(from.Type) ? to
        : from.FormerTypes.Contains(to.Type) ? from
        : null;

    private static int IndexOf(ImmutableArray<ColumnDefinition> columns, ColumnDefinition wanted, bool byNumber)
    {
        for (var i = 0; i < columns.Length; i++)
        {
            if (byNumber ? columns[i].Number == wanted.Number : columns[i].Name == wanted.Name)
            {
                return i;
            }
        }

        return -1;
    }

    private static ImmutableArray<ColumnDefinition> ColumnsOf(DatasetSide? side) => side?.Definition.Columns ?? [];
}
