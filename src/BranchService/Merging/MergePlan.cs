using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>What a merge of two states would do: computed without locks, applied if the states still stand.</summary>
/// <param name="Heads">The states.</param>
/// <param name="Commit">What the merge's commit writes besides the union of the vectors.</param>
internal sealed record MergePlan(MergeHeads Heads, MergeCommit Commit)
{
    /// <summary>All conflicts, settled or not, by dataset and key, then streams.</summary>
    public IReadOnlyList<PlannedConflict> Conflicts { get; init; } = [];

    /// <summary>Checks of the merged result that do not hold.</summary>
    public IReadOnlyList<V1.CheckFailure> Failures { get; init; } = [];

    /// <summary>False where definitions do not hold together: then no record was merged, nor can be tried.</summary>
    public bool HasResult { get; init; } = true;

    /// <summary>Assertions of the merged result that do not hold and only warn.</summary>
    public IReadOnlyList<V1.CheckFailure> Warnings { get; init; } = [];

    public V1.MergeCounts Counts { get; init; } = new();

    /// <summary>
    /// Entries by which constraints of one side find records of the other, which were written without them.
    /// </summary>
    public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> Lookups { get; init; } = [];

    /// <summary>Decisions that met no conflict.</summary>
    public IReadOnlyList<string> Unmet { get; init; } = [];

    /// <summary>A plan that ends at definitions. What decisions met is not told: records were not looked at.</summary>
    public static MergePlan Broken(MergeWork work, MergedSchemas schemas) =>
        new(work.Heads, new(work.Author, work.Message))
        {
            HasResult = false,
            Conflicts = schemas.Conflicts,
            Failures = schemas.Failures,
            Counts = new()
            {
                Conflicts = schemas.Conflicts.Count,
                UndecidedConflicts = schemas.Conflicts.Count(conflict => conflict.IsUndecided),
            },
        };

    public bool IsUndecided => Conflicts.Any(conflict => conflict.IsUndecided);
}
