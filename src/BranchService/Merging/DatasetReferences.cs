using System.Text;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Whether datasets refer to datasets that are there, after a commit that brings some or takes some away. Thread-safe.
/// </summary>
public sealed class DatasetReferences(DatasetStore datasets)
{
    private const int MaxDatasets = 10_000;

    /// <summary>What does not hold any more. One round trip, and none where no definition changes.</summary>
    /// <param name="schemas">With the datasets that come and go.</param>
    /// <param name="head">What the commit follows.</param>
    internal async Task<IReadOnlyList<V1.CheckFailure>> CheckAsync(
        MergedSchemas schemas,
        RecordView head,
        CancellationToken cancellationToken
    )
    {
        var changed = schemas.Restated.Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        if (changed.Count == 0)
        {
            return [];
        }

        var before = await datasets.ListAsync(head, "", MaxDatasets, cancellationToken);
        var after = before
            .Where(dataset => schemas.Find(dataset.Id) is null)
            .Select(dataset => (dataset.Name, Definition: DefinitionOf(dataset)))
            .Concat(schemas.Live.Select(dataset => (dataset.Name, dataset.Definition)))
            .ToLookup(dataset => dataset.Name, dataset => dataset.Definition, StringComparer.Ordinal);
        var failures =
            from dataset in after
            from definition in dataset
            from rule in definition.Constraints.OfType<ReferenceConstraint>()
            where changed.Contains(dataset.Key) || changed.Contains(rule.DatasetId)
            let problem = after.Contains(rule.DatasetId)
                ? ReferenceRules.ProblemOf(rule, definition, after[rule.DatasetId].First())
                : $"refers to dataset '{rule.DatasetId}', which the branch would not have: bring that back first, or "
                    + "drop the constraint"
            where problem is not null
            select new V1.CheckFailure
            {
                Check = rule.Name,
                Message = $"Constraint {rule.Name} of dataset '{dataset.Key}' {problem}.",
            };
        return [.. failures];
    }

    /// <summary>
    /// Where a dataset gives way to another one of its name, what refers to it was held against the records of the one
    /// that goes: such a constraint counts as new, so that all its records are held against the other's. No round trip
    /// where none gives way.
    /// </summary>
    /// <param name="schemas">With the datasets that come and go; those that refer to them are added.</param>
    /// <param name="head">What the commit follows.</param>
    internal async Task RenewAsync(MergedSchemas schemas, RecordView head, CancellationToken cancellationToken)
    {
        var going = schemas.Restated.Where(change => change.Deleted).Select(change => change.Name).ToHashSet();
        var others = schemas.Live.Where(dataset => going.Contains(dataset.Name)).ToDictionary(other => other.Name);
        if (others.Count == 0)
        {
            return;
        }

        var standing =
            from dataset in await datasets.ListAsync(head, "", MaxDatasets, cancellationToken)
            where schemas.Find(dataset.Id) is null
            let definition = DefinitionOf(dataset)
            select new MergedDataset(dataset.Id, dataset.Name, definition, definition);
        foreach (var dataset in standing.Concat(schemas.Live).ToList())
        {
            var renewed = dataset.Definition.Constraints.Where(IsRenewed).ToList();
            if (renewed.Count > 0 && dataset.AtBase is { } known)
            {
                var kept = known.Constraints.Where(constraint => !renewed.Contains(constraint));
                schemas.Know(
                    dataset with
                    {
                        AtBase = known with { Constraints = [.. kept] },
                        Standing = dataset.Standing.Count > 0 ? dataset.Standing : [dataset.Definition],
                    }
                );
            }

            // A key that the reference cannot hold is told by the other check.
            bool IsRenewed(DatasetConstraint constraint) =>
                constraint is ReferenceConstraint reference
                && others.TryGetValue(reference.DatasetId, out var other)
                && ReferenceRules.ProblemOf(reference, dataset.Definition, other.Definition) is null;
        }
    }

    private static DatasetDefinition DefinitionOf(DatasetRecord dataset) =>
        DefinitionJson.Read(Encoding.UTF8.GetString(dataset.Definition.Span));
}
