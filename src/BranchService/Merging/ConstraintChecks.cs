using System.Text;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Checks what changed against the datasets' constraints as they are after the merge. Each side alone met its own, so
/// only what comes together can break one: records of both sides, a record made of both sides' cells, and a constraint
/// of one side with records of the other.
/// </summary>
/// <param name="datasets">Datasets by name, as the merge shows them; null where there is none.</param>
/// <param name="union">What the merged branch shows, but for the results given here.</param>
internal sealed class ConstraintChecks(
    RecordReader reader,
    RecordView union,
    Func<string, Task<MergedDataset?>> datasets
)
{
    /// <summary>A check names at most so many records.</summary>
    private const int MaxRecords = 20;

    private readonly Dictionary<(long, string), MergedRecord> results = [];

    public List<V1.CheckFailure> Failures { get; } = [];

    /// <summary>Pairs of records that break a constraint together.</summary>
    public List<BrokenPair> Broken { get; } = [];

    public async Task CheckAsync(
        IReadOnlyList<MergedRecord> records,
        string branch,
        CancellationToken cancellationToken
    )
    {
        foreach (var record in records)
        {
            results[(record.Dataset.Id.Value, Convert.ToHexString(record.Row.Key.Span))] = record;
        }

        foreach (var dataset in records.GroupBy(record => record.Dataset.Id))
        {
            var changed = dataset.ToList();
            CheckCells(changed, branch);
            foreach (var constraint in changed[0].Dataset.Definition.Constraints)
            {
                var others = await OthersAsync(changed, constraint, cancellationToken);
                if (constraint is UniqueConstraint unique)
                {
                    CheckUnique(unique, changed, others);
                }
                else
                {
                    await CheckReferencesAsync((ReferenceConstraint)constraint, changed, others, cancellationToken);
                }
            }
        }
    }

    private void CheckCells(List<MergedRecord> changed, string branch)
    {
        var problems =
            from record in changed
            where record.Cells is not null
            let cells = record.Cells!.Value
            from column in cells.Definition.Columns
            let problem = CellRules.ProblemOf(column, cells[column.Number])
            where problem is not null
            group (record, problem) by (column.Name, problem);
        foreach (var problem in problems)
        {
            var dataset = problem.First().record.Dataset;
            var failure = new V1.CheckFailure
            {
                Check = problem.Key.Name,
                Message = $"{dataset.Name}.{problem.Key.Name} {problem.Key.problem}.",
            };
            failure.Records.AddRange(
                problem.Take(MaxRecords).Select(found => NameOf(branch, dataset, found.record.RecordId))
            );
            Failures.Add(failure);
        }
    }

    /// <summary>
    /// Records that neither side wrote, where they must be looked at: the constraint is new, or a record is like on
    /// neither side. Otherwise none, and the dataset is not read.
    /// </summary>
    private async Task<List<(ReadOnlyMemory<byte> Key, RecordCells Cells)>> OthersAsync(
        List<MergedRecord> changed,
        DatasetConstraint constraint,
        CancellationToken cancellationToken
    )
    {
        var dataset = changed[0].Dataset;
        var isNew = dataset.NewConstraints.Contains(constraint);
        var isNovel = constraint is UniqueConstraint && changed.Any(record => record.IsNovel(RecordMerging.Merger));
        var others = new List<(ReadOnlyMemory<byte>, RecordCells)>();
        if (!isNew && !isNovel)
        {
            return others;
        }

        await foreach (var record in reader.ScanAsync(union, new(dataset.Id), cancellationToken))
        {
            if (!results.ContainsKey((dataset.Id.Value, Convert.ToHexString(record.Key.Span))))
            {
                var text = Encoding.UTF8.GetString(record.Document!.Value.Span);
                others.Add((record.Key, RecordCells.Read(dataset.Definition, text)));
            }
        }

        return others;
    }

    private void CheckUnique(
        UniqueConstraint constraint,
        List<MergedRecord> changed,
        List<(ReadOnlyMemory<byte> Key, RecordCells Cells)> others
    )
    {
        var holders = new Dictionary<string, MergedRecord>(StringComparer.Ordinal);
        foreach (var record in changed)
        {
            if (record.Cells is not { } cells || ConstraintDigest.Of(constraint, cells) is not { } digest)
            {
                continue;
            }

            var values = Convert.ToHexString(digest);
            if (!holders.TryAdd(values, record))
            {
                Broken.Add(new(ConflictKind.Uniqueness, constraint, holders[values], record, record.RecordId));
            }
        }

        foreach (var (key, cells) in others)
        {
            if (
                ConstraintDigest.Of(constraint, cells) is { } digest
                && holders.TryGetValue(Convert.ToHexString(digest), out var holder)
            )
            {
                var other = MergedRecord.IdOf(holder.Dataset, key);
                Broken.Add(new(ConflictKind.Uniqueness, constraint, holder, null, other));
            }
        }
    }

    private async Task CheckReferencesAsync(
        ReferenceConstraint constraint,
        List<MergedRecord> changed,
        List<(ReadOnlyMemory<byte> Key, RecordCells Cells)> others,
        CancellationToken cancellationToken
    )
    {
        var referring = changed
            .Where(record => record.Cells is not null)
            .Select(record => (Record: (MergedRecord?)record, record.RecordId, Cells: record.Cells!.Value))
            .Concat(others.Select(o => ((MergedRecord?)null, MergedRecord.IdOf(changed[0].Dataset, o.Key), o.Cells)))
            .Select(found => (found.Item1, found.Item2, Key: ConstraintDigest.ReferencedKey(constraint, found.Item3)))
            .Where(found => found.Key is not null)
            .ToList();
        if (referring.Count == 0)
        {
            return;
        }

        var target = await datasets(constraint.DatasetId);
        var stored = target is null
            ? []
            : await reader.GetAsync(
                union,
                target.Id,
                [.. referring.Select(found => new ReadOnlyMemory<byte>(found.Key))],
                cancellationToken
            );
        for (var i = 0; i < referring.Count; i++)
        {
            var (record, id, key) = referring[i];
            var pending = target is null
                ? null
                : results.GetValueOrDefault((target.Id.Value, Convert.ToHexString(key!)));
            var exists = pending is not null
                ? pending.Result is not null
                : target is not null && stored[i]?.Document is not null;
            if (!exists)
            {
                var missing = target is null ? constraint.DatasetId : MergedRecord.IdOf(target, key);
                Broken.Add(
                    new(ConflictKind.Reference, constraint, record, pending, missing)
                    {
                        Referring = id,
                        Dataset = changed[0].Dataset,
                    }
                );
            }
        }
    }

    private static string NameOf(string branch, MergedDataset dataset, string record) =>
        $"{branch}/datasets/{dataset.Name}/records/{record}";
}

/// <summary>Two records that break a constraint together.</summary>
/// <param name="Record">A record that a side wrote; of a reference, the one that refers. Null: neither side wrote
/// it.</param>
/// <param name="Other">The other one; null where neither side wrote it.</param>
/// <param name="OtherId">The other one's id.</param>
internal sealed record BrokenPair(
    ConflictKind Kind,
    DatasetConstraint Constraint,
    MergedRecord? Record,
    MergedRecord? Other,
    string OtherId
)
{
    /// <summary>Id of the record that refers; empty: that of <see cref="Record"/>.</summary>
    public string Referring { get; init; } = "";

    /// <summary>The dataset of the constraint; null: that of <see cref="Record"/>.</summary>
    public MergedDataset? Dataset { get; init; }
}
