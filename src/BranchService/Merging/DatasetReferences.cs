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

    private static DatasetDefinition DefinitionOf(DatasetRecord dataset) =>
        DefinitionJson.Read(Encoding.UTF8.GetString(dataset.Definition.Span));
}
