using System.Runtime.CompilerServices;
using Dendrite.Contracts.Cells;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// The records of a pick, dataset by dataset. Goes through them by pages and keeps those that change, so memory goes by
/// what a pick writes and not by what it looks at.
/// </summary>
internal sealed class PickedRecords(
    RecordReader reader,
    MergeLimits limits,
    PickRequest request,
    RecordView from,
    RecordView into
)
{
    /// <summary>Records of one round trip: some megabytes at most.</summary>
    private const int PageSize = 1_000;

    private readonly RecordMerging merging = new(new());
    private readonly Dictionary<DatasetDefinition, Func<RecordCells, bool>> filters = new(
        ReferenceEqualityComparer.Instance
    );
    private readonly Dictionary<DatasetId, PickedColumns> columns = [];
    private readonly HeldDocuments documents = limits.BeginPick();

    /// <summary>Those whose result the target does not show yet.</summary>
    public List<MergedRecord> Changed { get; } = [];

    public long Written { get; private set; }

    public long Deleted { get; private set; }

    public long Unchanged { get; private set; }

    /// <summary>Adds what is picked of a dataset that the target has.</summary>
    /// <param name="source">
    /// As the source has it; null: it does not, and what it had before it deleted it is not seen.
    /// </param>
    /// <exception cref="DendriteException">
    /// INVALID_ARGUMENT: an id is none. DATASET_MISMATCH: a value is none of the target's type. QUOTA_EXCEEDED.
    /// </exception>
    public async Task AddAsync(MergedDataset dataset, DatasetDefinition? source, CancellationToken cancellationToken)
    {
        if (source is not null)
        {
            columns[dataset.Id] = new(source, dataset.Definition);
            await foreach (var pair in ChosenAsync(dataset, cancellationToken))
            {
                if (pair.Then is { IsDeleted: false } || request.DeletesMissing)
                {
                    Count(Add(dataset, pair, isPicked: true));
                }
            }
        }

        if (request.RecordIds.Count > 0 || !request.DeletesMissing)
        {
            return;
        }

        await foreach (var pair in PairsAsync(dataset, false, now => Matches(dataset, now), cancellationToken))
        {
            var then = source is not null ? pair.Then : null;
            if (!Matches(dataset, then))
            {
                Count(Add(dataset, pair with { Then = then }, isPicked: true));
            }
        }
    }

    /// <summary>
    /// Adds what is picked of a dataset that the target does not have. Rows that it had when it was deleted would come
    /// back with it: those that are not picked are deleted one by one.
    /// </summary>
    /// <param name="demandReadable">Refuses those rows that cannot be read; called once it is to come back.</param>
    /// <returns>False: it is not to come back, since single records were asked for and it has none of them.</returns>
    /// <exception cref="DendriteException">As above.</exception>
    public async Task<bool> RestoreAsync(
        MergedDataset dataset,
        Func<Task> demandReadable,
        CancellationToken cancellationToken
    )
    {
        var isReturning = request.Filter is null && request.RecordIds.Count == 0;
        if (isReturning)
        {
            await demandReadable();
        }

        await foreach (var pair in ChosenAsync(dataset, cancellationToken))
        {
            if (pair.Then is not { IsDeleted: false })
            {
                continue;
            }

            if (!isReturning)
            {
                await demandReadable();
                isReturning = true;
            }

            Add(dataset, pair, isPicked: true);
            Written++;
        }

        if (!isReturning)
        {
            return false;
        }

        var named = KeysOf(dataset).Select(key => Convert.ToHexString(key.Span)).ToHashSet();
        await foreach (var pair in PairsAsync(dataset, false, _ => true, cancellationToken))
        {
            var isNamed = named.Count == 0 || named.Contains(Convert.ToHexString(pair.Key.Span));
            if (!isNamed || !Matches(dataset, pair.Then))
            {
                Add(dataset, pair, isPicked: false);
            }
        }

        return true;
    }

    /// <summary>What the request names, or else what of the source its filter matches.</summary>
    private async IAsyncEnumerable<Pair> ChosenAsync(
        MergedDataset dataset,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (request.RecordIds.Count == 0)
        {
            await foreach (var pair in PairsAsync(dataset, true, then => Matches(dataset, then), cancellationToken))
            {
                yield return pair;
            }
        }

        foreach (var keys in KeysOf(dataset).Chunk(PageSize))
        {
            var then = await reader.GetAsync(from, dataset.Id, keys, cancellationToken);
            var now = await reader.GetAsync(into, dataset.Id, keys, cancellationToken);
            for (var i = 0; i < keys.Length; i++)
            {
                yield return new(keys[i], Shown(dataset, then[i]), now[i]);
            }
        }
    }

    /// <summary>Records of one state, by key, each beside what the other state has of it.</summary>
    private async IAsyncEnumerable<Pair> PairsAsync(
        MergedDataset dataset,
        bool isSource,
        Predicate<StoredRecord> isAsked,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (view, other) = isSource ? (from, into) : (into, from);
        var (query, limit) = (new RecordQuery(dataset.Id), PageSize);
        while (true)
        {
            var page = await reader.ListAsync(view, query, limit, cancellationToken);
            var asked = page
                .Items.Select(record => isSource ? Shown(dataset, record)! : record)
                .Where(record => isAsked(record))
                .ToList();
            var beside = await reader.GetAsync(
                other,
                dataset.Id,
                [.. asked.Select(record => record.Key)],
                cancellationToken
            );
            for (var i = 0; i < asked.Count; i++)
            {
                yield return isSource
                    ? new(asked[i].Key, asked[i], beside[i])
                    : new Pair(asked[i].Key, Shown(dataset, beside[i]), asked[i]);
            }

            if (!page.More)
            {
                yield break;
            }

            query = query with { Keys = query.Keys.After(page.Items[^1].Key) };
            limit = page.RowsAtOnce(PageSize);
        }
    }

    private IReadOnlyList<ReadOnlyMemory<byte>> KeysOf(MergedDataset dataset)
    {
        var keys = new SortedDictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (var id in request.RecordIds)
        {
            var values = RecordId.Parse(id, dataset.Definition.KeyTypes.AsSpan(), out var problem);
            var key = RecordKey.Encode(
                (values ?? throw DendriteException.Invalid("record_ids", $"'{id}' {problem}")).AsSpan()
            );
            keys[Convert.ToHexString(key)] = key;
        }

        return [.. keys.Values];
    }

    /// <summary>A record of the source as its columns show it.</summary>
    private StoredRecord? Shown(MergedDataset dataset, StoredRecord? then) =>
        then?.Document is { } document && columns.TryGetValue(dataset.Id, out var known)
            ? then with
            {
                Document = known.Shown(document),
            }
            : then;

    private bool Matches(MergedDataset dataset, StoredRecord? record)
    {
        if (record?.Document is not { } document)
        {
            return false;
        }

        if (!filters.TryGetValue(dataset.Definition, out var filter))
        {
            filter = RecordFilter.Read(request.Filter, dataset.Definition);
            filters.Add(dataset.Definition, filter);
        }

        if (request.Filter is null)
        {
            return true;
        }

        // What the target cannot read meets no comparison; where the record is picked, it is refused.
        var readable = columns.TryGetValue(dataset.Id, out var known) ? known.Readable(document) : document;
        return filter(RecordCells.Read(dataset.Definition, readable));
    }

    /// <param name="isPicked">Whether the target is to have what the source has; else it is to have nothing.</param>
    /// <returns>The record, whether or not it changes.</returns>
    private MergedRecord Add(MergedDataset dataset, Pair pair, bool isPicked)
    {
        DemandReadable(dataset, pair);
        var row = new DivergedRecord(dataset.Id, pair.Key, pair.Now, pair.Then, pair.Now)
        {
            Sides = DivergedSides.Source,
        };
        var merged = merging.Merge(dataset, row);
        var record = merged with { Result = isPicked ? ResultOf(dataset, merged.Merge) : null };
        if (!record.DiffersFromTarget)
        {
            return record;
        }

        if (Changed.Count >= limits.MaxPicked)
        {
            throw MergeLimits.PickRefusal($"More than {limits.MaxPicked} records differ");
        }

        documents.Add(row);
        Changed.Add(record);
        return record;
    }

    private IReadOnlyDictionary<int, CellValue>? ResultOf(MergedDataset dataset, RowMerge<int, CellValue> merge)
    {
        var (source, target) = (merge.Sides.Source.Cells, merge.Sides.Target.Cells);
        return source is not null && columns.TryGetValue(dataset.Id, out var known)
            ? known.ResultOf(source, target)
            : source;
    }

    private void DemandReadable(MergedDataset dataset, Pair pair)
    {
        if (
            pair.Then?.Document is { } document
            && columns.TryGetValue(dataset.Id, out var known)
            && known.ProblemOf(document) is { } problem
        )
        {
            throw new DendriteException(
                ErrorReason.DatasetMismatch,
                $"Record {MergedRecord.IdOf(dataset, pair.Key)} of '{dataset.Name}' {problem}: widen the target's "
                    + "column first, or pick without that record."
            )
            {
                Metadata = new Dictionary<string, string> { ["dataset"] = dataset.Name },
            };
        }
    }

    private void Count(MergedRecord record)
    {
        var isChanged = record.DiffersFromTarget;
        Written += isChanged && record.Result is not null ? 1 : 0;
        Deleted += isChanged && record.Result is null ? 1 : 0;
        Unchanged += isChanged ? 0 : 1;
    }

    /// <summary>A record as both states have it; null or without a document where one does not.</summary>
    private readonly record struct Pair(ReadOnlyMemory<byte> Key, StoredRecord? Then, StoredRecord? Now);
}
