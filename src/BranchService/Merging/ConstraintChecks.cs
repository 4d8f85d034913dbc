using System.Runtime.CompilerServices;
using Dendrite.Records.Cells;
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
/// <param name="stores">To read records of <paramref name="union"/>, and to find them by their values.</param>
/// <param name="datasets">Datasets by name, as the merge shows them; null where there is none.</param>
/// <param name="union">What the merged branch shows, but for the results given here.</param>
/// <param name="isAlone">Nothing is merged: records are copied from elsewhere, or go back to what they were.</param>
internal sealed class ConstraintChecks(
    (RecordReader Reader, RecordLookups Lookups) stores,
    RecordView union,
    Func<string, Task<MergedDataset?>> datasets,
    bool isAlone
)
{
    private readonly RecordReader reader = stores.Reader;
    private readonly RecordLookups lookups = stores.Lookups;

    /// <summary>A check names at most so many records.</summary>
    private const int MaxRecords = 20;

    /// <summary>Records whose references or values are looked up in one round trip.</summary>
    private const int PageSize = 1_000;

    /// <summary>Of one side each and one that neither wrote: each side has a value once.</summary>
    private const int MaxHolders = 3;

    private readonly Dictionary<(DatasetId, string), MergedRecord> results = [];

    public List<V1.CheckFailure> Failures { get; } = [];

    /// <summary>Pairs of records that break a constraint together.</summary>
    public List<BrokenPair> Broken { get; } = [];

    /// <param name="records">Records that a side wrote, with their results.</param>
    /// <param name="constrained">
    /// Datasets with constraints that the base does not have: records that nobody wrote are checked against these too.
    /// </param>
    public async Task CheckAsync(
        IReadOnlyList<MergedRecord> records,
        IEnumerable<MergedDataset> constrained,
        string branch,
        CancellationToken cancellationToken
    )
    {
        foreach (var record in records)
        {
            results[(record.Dataset.Id, Convert.ToHexString(record.Row.Key.Span))] = record;
        }

        var changed = records.ToLookup(record => record.Dataset.Id);
        var datasets = changed.Select(dataset => dataset.First().Dataset).Concat(constrained);
        foreach (var dataset in datasets.DistinctBy(dataset => dataset.Id).ToList())
        {
            var written = changed[dataset.Id].ToList();
            CheckCells(written, branch);
            foreach (var constraint in dataset.Definition.Constraints)
            {
                if (constraint is UniqueConstraint unique)
                {
                    await CheckUniqueAsync(dataset, unique, written, cancellationToken);
                }
                else
                {
                    await CheckReferencesAsync(dataset, (ReferenceConstraint)constraint, written, cancellationToken);
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

    private async Task CheckUniqueAsync(
        MergedDataset dataset,
        UniqueConstraint constraint,
        List<MergedRecord> written,
        CancellationToken cancellationToken
    )
    {
        var holders = new Dictionary<string, MergedRecord>(StringComparer.Ordinal);
        var novel = new List<byte[]>();
        foreach (var record in written)
        {
            if (DigestOf(constraint, dataset, record.Result) is not { } digest)
            {
                continue;
            }

            var values = Convert.ToHexString(digest);
            if (!holders.TryAdd(values, record))
            {
                Broken.Add(new(ConflictKind.Uniqueness, constraint, holders[values], record, record.RecordId));
            }
            else if (IsNovel(constraint, record, digest))
            {
                novel.Add(digest);
            }
        }

        // Where nothing is merged, NovelRules goes through all records.
        if (isAlone && dataset.NovelConstraints.Contains(constraint))
        {
            return;
        }

        if (holders.Count > 0 && dataset.NewConstraints.Contains(constraint))
        {
            await foreach (var (key, cells) in OthersAsync(dataset, cancellationToken))
            {
                AddHeldTwice(dataset, constraint, holders, (ConstraintDigest.Of(constraint, cells), key));
            }

            return;
        }

        foreach (var page in novel.Chunk(PageSize))
        {
            var asked = page.Select(digest => new RuleDigest(ConstraintDigest.RuleOf(constraint), digest)).ToList();
            foreach (var match in await lookups.FindAsync(union, dataset.Id, asked, MaxHolders, cancellationToken))
            {
                AddHeldTwice(dataset, constraint, holders, (match.Entry.Digest.ToArray(), match.Key));
            }
        }
    }

    /// <summary>A record that nobody wrote and that has the values of one of the holders.</summary>
    private void AddHeldTwice(
        MergedDataset dataset,
        UniqueConstraint constraint,
        Dictionary<string, MergedRecord> holders,
        (byte[]? Digest, ReadOnlyMemory<byte> Key) other
    )
    {
        if (
            other.Digest is not null
            && holders.TryGetValue(Convert.ToHexString(other.Digest), out var holder)
            && !results.ContainsKey((dataset.Id, Convert.ToHexString(other.Key.Span)))
        )
        {
            var id = MergedRecord.IdOf(dataset, other.Key);
            Broken.Add(new(ConflictKind.Uniqueness, constraint, holder, null, id));
        }
    }

    /// <summary>
    /// Whether a record has values that no side had there: then records that nobody wrote may have them. What a side
    /// had met the constraint among these. Where nothing is merged, <see cref="StandingRecords"/> asks for all.
    /// </summary>
    private bool IsNovel(UniqueConstraint constraint, MergedRecord record, byte[] digest)
    {
        var (source, target) = (record.Merge.Sides.Source.Cells, record.Merge.Sides.Target.Cells);
        return !isAlone && !IsThere(target) && !IsThere(source);

        bool IsThere(IReadOnlyDictionary<int, CellValue>? cells) =>
            DigestOf(constraint, record.Dataset, cells) is { } had && had.AsSpan().SequenceEqual(digest);
    }

    private static byte[]? DigestOf(
        UniqueConstraint constraint,
        MergedDataset dataset,
        IReadOnlyDictionary<int, CellValue>? cells
    ) => MergedRecord.CellsOf(dataset, cells) is { } found ? ConstraintDigest.Of(constraint, found) : null;

    private async Task CheckReferencesAsync(
        MergedDataset dataset,
        ReferenceConstraint constraint,
        List<MergedRecord> written,
        CancellationToken cancellationToken
    )
    {
        var target = await datasets(constraint.DatasetId);
        var referring = written
            .Where(record => record.Cells is not null)
            .Select(record => new Referring(record, record.Row.Key, record.Cells!.Value));
        foreach (var page in referring.Chunk(PageSize))
        {
            await CheckReferencesAsync((dataset, target), constraint, page, cancellationToken);
        }

        // Whoever added it held the others against the records of then: those that are gone since are in the results,
        // unless the other dataset was made in the place of the one of then.
        var hasLost =
            target is null
            || target.TakesPlace
            || results.Values.Any(one => one.Dataset.Id == target.Id && one.Result is null);
        if (!(hasLost || isAlone) || !dataset.NewConstraints.Contains(constraint))
        {
            return;
        }

        var others = OthersAsync(dataset, cancellationToken).Select(o => new Referring(null, o.Key, o.Cells));
        await foreach (var page in others.Chunk(PageSize).WithCancellation(cancellationToken))
        {
            await CheckReferencesAsync((dataset, target), constraint, page, cancellationToken);
        }
    }

    private async Task CheckReferencesAsync(
        (MergedDataset From, MergedDataset? To) datasets,
        ReferenceConstraint constraint,
        IReadOnlyList<Referring> page,
        CancellationToken cancellationToken
    )
    {
        var target = datasets.To;
        var referring = page.Select(one =>
                (one.Record, one.Key, To: ConstraintDigest.ReferencedKey(constraint, one.Cells))
            )
            .Where(one => one.To is not null)
            .ToList();
        var stored = target is null
            ? []
            : await reader.GetAsync(
                union,
                target.Id,
                [.. referring.Select(one => new ReadOnlyMemory<byte>(one.To))],
                cancellationToken
            );
        for (var i = 0; i < referring.Count; i++)
        {
            var (record, key, to) = referring[i];
            var pending = target is null ? null : results.GetValueOrDefault((target.Id, Convert.ToHexString(to!)));
            var exists = pending is not null
                ? pending.Result is not null
                : target is not null && stored[i]?.Document is not null;
            if (!exists)
            {
                var missing = target is null ? constraint.DatasetId : MergedRecord.IdOf(target, to);
                Broken.Add(
                    new(ConflictKind.Reference, constraint, record, pending, missing)
                    {
                        Referring = MergedRecord.IdOf(datasets.From, key),
                        Dataset = datasets.From,
                    }
                );
            }
        }
    }

    /// <summary>Records that neither side wrote, one at a time: the whole dataset is read and nothing kept.</summary>
    private async IAsyncEnumerable<(ReadOnlyMemory<byte> Key, RecordCells Cells)> OthersAsync(
        MergedDataset dataset,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var record in reader.ScanAsync(union, new(dataset.Id), cancellationToken))
        {
            if (!results.ContainsKey((dataset.Id, Convert.ToHexString(record.Key.Span))))
            {
                yield return (record.Key, RecordCells.Read(dataset.Definition, record.Document!.Value));
            }
        }
    }

    private static string NameOf(string branch, MergedDataset dataset, string record) =>
        $"{branch}/datasets/{dataset.Name}/records/{record}";

    /// <param name="Record">Null: neither side wrote it.</param>
    private sealed record Referring(MergedRecord? Record, ReadOnlyMemory<byte> Key, RecordCells Cells);
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
