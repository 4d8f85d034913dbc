using System.Text.Json.Nodes;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>A dataset as the merge shows it, and as it was at the base.</summary>
/// <param name="Definition">The merged definition; the last one where the dataset is deleted.</param>
/// <param name="AtBase">The base's; null where the dataset is younger.</param>
internal sealed record MergedDataset(DatasetId Id, string Name, DatasetDefinition Definition, DatasetDefinition? AtBase)
{
    public bool IsDeleted { get; init; }

    /// <summary>
    /// As which side it stays where the other deleted it: with that side's definition and records, and nothing of the
    /// other's. Null: both merge.
    /// </summary>
    public MergeSide? Kept { get; init; }

    /// <summary>
    /// One deleted it at the base, and who has it all the same chose what stays of its records.
    /// </summary>
    public bool WasGivenUp { get; init; }

    /// <summary>
    /// It is younger than the base, and one that had its name goes: what refers to that one does not refer to this.
    /// </summary>
    public bool TakesPlace { get; init; }

    /// <summary>
    /// Definitions that records which nobody writes stand under already: those of both sides of a merge, where a side
    /// has the dataset; that of the branch where nothing is merged.
    /// </summary>
    public IReadOnlyList<DatasetDefinition> Standing { get; init; } = [];

    /// <summary>
    /// Constraints that the base did not have, or had over columns of other types: rows of a side may be older. Of a
    /// dataset that one side deleted all: that side was not held to them any more.
    /// </summary>
    public IEnumerable<DatasetConstraint> NewConstraints =>
        Definition.Constraints.Where(constraint => Kept is not null || !Has(AtBase, constraint));

    /// <summary>
    /// Those of the new ones that no record was held to yet, nor is found by, but those that are written.
    /// </summary>
    public IEnumerable<DatasetConstraint> NovelConstraints =>
        NewConstraints.Where(constraint => !Standing.Any(standing => Has(standing, constraint)));

    /// <summary>
    /// Columns that may refuse what records have which stand under one definition, that of the branch: their rules are
    /// those of another state again, or the branch did not have them.
    /// </summary>
    public IEnumerable<ColumnDefinition> TightenedColumns =>
        Standing is [var standing]
            ? Definition.Columns.Where(column =>
                SchemaChanges.MayRefuseMore(
                    standing.Find(column.Number) ?? new(column.Number, column.Name, column.Type),
                    column
                )
            )
            : [];

    private bool Has(DatasetDefinition? other, DatasetConstraint constraint) =>
        other?.Constraints.Contains(constraint) == true
        && constraint.Columns.All(number => other.Find(number)?.Type == Definition.Find(number)?.Type);

    /// <summary>A dataset that neither side changed.</summary>
    public static MergedDataset Of(VersionedSide row)
    {
        var definition = DefinitionOf(row.Columns);
        return new(IdOf(row.Columns), NameOf(row.Columns), definition, definition);
    }

    public static DatasetId IdOf(JsonObject row) => new(row["dataset_id"]!.GetValue<long>());

    public static string NameOf(JsonObject row) => row["name"]!.GetValue<string>();

    public static DatasetDefinition DefinitionOf(JsonObject row) =>
        DefinitionJson.Read(row["definition"]!.ToJsonString());
}
