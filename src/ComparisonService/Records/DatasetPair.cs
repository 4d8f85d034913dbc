using Dendrite.Records.Datasets;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.ComparisonService.Records;

/// <summary>A dataset as one side sees it.</summary>
/// <param name="Version">The commit that last changed it.</param>
public sealed record DatasetSide(DatasetId Id, CommitVersion Version, DatasetDefinition Definition);

/// <summary>A dataset on both sides, paired by its id in the branch.</summary>
/// <param name="Name">Its id in the branch, the same on both sides.</param>
/// <param name="From">Null where the old side does not have it.</param>
/// <param name="To">Null where the new side does not have it.</param>
public sealed record DatasetPair(string Name, DatasetSide? From, DatasetSide? To)
{
    /// <summary>
    /// Permanent numbers of the columns that both sides saw before they parted: a side that lacks one dropped it.
    /// </summary>
    public IReadOnlySet<int> ColumnsAtBase { get; init; } = new HashSet<int>();

    /// <summary>The commit that deleted it from the new side; zero where none did.</summary>
    public CommitVersion DeletedIn { get; init; }

    /// <summary>
    /// Whether both sides have one and the same dataset. Otherwise one side has none, or each made its own of that
    /// name: then records differ that no side wrote beyond the base, and only reading both sides finds them.
    /// </summary>
    public bool IsShared => From is { } from && To is { } to && from.Id == to.Id;

    /// <summary>
    /// Whether a key means the same on both sides: it is one dataset, or the columns of the key have the same names and
    /// types.
    /// </summary>
    public bool HasOneKey =>
        IsShared
        || From is { } from
            && To is { } to
            && from.Definition.KeyColumns.Select(column => (column.Name, column.Type))
                .SequenceEqual(to.Definition.KeyColumns.Select(column => (column.Name, column.Type)));

    public ColumnPairs Columns => field ??= ColumnPairs.Of(this);
}
