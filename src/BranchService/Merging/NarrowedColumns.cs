using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Columns that would get a narrower type back: what was written under the wider one meanwhile could not be read any
/// more, in the records or in their history. Thread-safe.
/// </summary>
public sealed class NarrowedColumns(DivergedRecords records)
{
    /// <summary>A check names at most so many records.</summary>
    private const int MaxRecords = 20;

    /// <summary>
    /// What cannot be read as it would be. No round trip where no type gets narrower; otherwise the cost follows what
    /// was written meanwhile.
    /// </summary>
    /// <param name="since">From when the columns had the narrower types to what the branch sees now.</param>
    /// <param name="dataset">As it would be.</param>
    /// <param name="wider">As it was meanwhile.</param>
    /// <param name="branch">For the names of records.</param>
    internal async Task<IReadOnlyList<V1.CheckFailure>> CheckAsync(
        DivergedView since,
        MergedDataset dataset,
        IReadOnlyList<DatasetDefinition> wider,
        string branch,
        CancellationToken cancellationToken
    )
    {
        var narrower = dataset.Definition.Columns.Where(column => wider.Any(was => IsNarrower(column, was)));
        return await CheckAsync(since, dataset, narrower, branch, cancellationToken);
    }

    /// <summary>
    /// The same of a dataset that was deleted meanwhile: what merges brought then was written under definitions that
    /// the branch never showed.
    /// </summary>
    internal Task<IReadOnlyList<V1.CheckFailure>> CheckReturningAsync(
        DivergedView since,
        MergedDataset dataset,
        string branch,
        CancellationToken cancellationToken
    ) => CheckAsync(since, dataset, dataset.Definition.Columns, branch, cancellationToken);

    private async Task<IReadOnlyList<V1.CheckFailure>> CheckAsync(
        DivergedView since,
        MergedDataset dataset,
        IEnumerable<ColumnDefinition> columns,
        string branch,
        CancellationToken cancellationToken
    )
    {
        var found = columns
            .Select(column => (Column: column, Records: new HashSet<string>(StringComparer.Ordinal)))
            .ToList();
        if (found.Count == 0)
        {
            return [];
        }

        await foreach (var version in records.StreamVersionsAsync(since, dataset.Id, cancellationToken))
        {
            if (version.Document is not { } document)
            {
                continue;
            }

            using var json = JsonDocument.Parse(document);
            foreach (var (column, strange) in found.Where(one => one.Records.Count <= MaxRecords))
            {
                if (json.RootElement.TryGetProperty($"{column.Number}", out var cell) && !CanRead(column, cell))
                {
                    strange.Add(MergedRecord.IdOf(dataset, version.Key));
                }
            }

            if (found.TrueForAll(one => one.Records.Count > MaxRecords))
            {
                break;
            }
        }

        return [.. found.Where(one => one.Records.Count > 0).Select(one => FailureOf(one.Column, one.Records))];

        V1.CheckFailure FailureOf(ColumnDefinition column, HashSet<string> strange)
        {
            var named = strange.Order(StringComparer.Ordinal).Take(MaxRecords).ToList();
            var more = strange.Count > MaxRecords ? " and others" : "";
            var failure = new V1.CheckFailure
            {
                Check = column.Name,
                Message =
                    $"{dataset.Name}.{column.Name} would be {column.Type.Name()} again, and holds or held values that "
                    + $"are not written so: in {string.Join(", ", named)}{more}. Such values stay in the history: keep "
                    + "the wider type, on both sides of a merge, or reset the branch to a version before them.",
            };
            failure.Records.AddRange(named.Select(id => $"{branch}/datasets/{dataset.Name}/records/{id}"));
            return failure;
        }
    }

    /// <summary>
    /// What a side of a merge wrote beyond the base under a wider type that the other side took back, or before it
    /// dropped a column that stays. No round trip where there is no such column.
    /// </summary>
    /// <param name="row">The dataset on the three sides.</param>
    internal async Task<IReadOnlyList<V1.CheckFailure>> CheckSidesAsync(
        DivergedView view,
        MergedDataset dataset,
        DivergedRow row,
        string branch,
        CancellationToken cancellationToken
    )
    {
        if (row.Base is null)
        {
            return [];
        }

        var before = MergedDataset.DefinitionOf(row.Base.Columns);
        var failures = new List<V1.CheckFailure>();
        foreach (var (side, seen) in new[] { (row.Source, view.Source), (row.Target, view.Target) })
        {
            if (side is null)
            {
                continue;
            }

            var was = MergedDataset.DefinitionOf(side.Columns);
            // One that the side dropped it may have widened before.
            var columns =
                from column in dataset.Definition.Columns
                where
                    before.Find(column.Number) is { } known
                    && (
                        IsNarrower(column, was)
                        || (
                            was.Find(column.Number) is null && (IsNarrower(column, before) || column.Type == known.Type)
                        )
                    )
                select column;
            var beyond = view with { Source = view.Base, Target = seen };
            failures.AddRange(await CheckAsync(beyond, dataset, columns, branch, cancellationToken));
        }

        return failures;
    }

    /// <summary>Also as one of the types that it had before.</summary>
    private static bool CanRead(ColumnDefinition column, JsonElement cell) =>
        column.CanHold(cell) || column.FormerTypes.Any(type => (column with { Type = type }).CanHold(cell));

    private static bool IsNarrower(ColumnDefinition column, DatasetDefinition was) =>
        was.Find(column.Number) is { } wide && !CellTypes.CanWiden(wide.Type, column.Type);
}
