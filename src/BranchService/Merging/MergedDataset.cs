using System.Text.Json.Nodes;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>A dataset as the merge shows it, and as it was at the base.</summary>
/// <param name="Definition">The merged definition; the last one where the dataset is deleted.</param>
/// <param name="AtBase">The base's; null where the dataset is younger.</param>
internal sealed record MergedDataset(DatasetId Id, string Name, DatasetDefinition Definition, DatasetDefinition? AtBase)
{
    public bool IsDeleted { get; init; }

    /// <summary>
    /// Constraints that the base did not have, or had over columns of other types: rows of a side may be older.
    /// </summary>
    public IEnumerable<DatasetConstraint> NewConstraints =>
        Definition.Constraints.Where(constraint =>
            AtBase?.Constraints.Contains(constraint) != true
            || constraint.Columns.Any(number => AtBase.Find(number)?.Type != Definition.Find(number)?.Type)
        );

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
