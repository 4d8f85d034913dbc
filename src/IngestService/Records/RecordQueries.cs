using System.Runtime.CompilerServices;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.IngestService.Records;

/// <summary>A page of records.</summary>
/// <param name="Next">Where the next page begins; null after the last one.</param>
internal sealed record RecordPage(IReadOnlyList<V1.Record> Records, string? Next);

/// <summary>Reads records for callers. Thread-safe.</summary>
internal sealed class RecordQueries(
    DatasetCatalog catalog,
    RecordReader reader,
    CommitTimes times,
    SnapshotReader snapshots
)
{
    /// <summary>Records of one page of a whole dataset; fewer are asked for where they are large.</summary>
    private const int ReadAtOnce = 5_000;

    /// <summary>Three round trips.</summary>
    /// <exception cref="DendriteException">DATASET_NOT_FOUND, RECORD_NOT_FOUND, INVALID_ARGUMENT.</exception>
    public async Task<V1.Record> GetAsync(RecordBranch branch, RecordName name, CancellationToken cancellationToken)
    {
        var dataset = await catalog.GetAsync(branch.View, name.Parent, cancellationToken);
        var problems = new RecordProblems();
        var key = new RecordInput(dataset, problems).KeyOf(name.Record, "name");
        problems.ThrowIfAny();
        var found = await reader.GetAsync(branch.View, dataset.Id, [key!], cancellationToken);
        if (found[0] is not { IsDeleted: false } record)
        {
            throw new DendriteException(
                ErrorReason.RecordNotFound,
                $"{name} does not exist there; query the dataset for those that do."
            )
            {
                Metadata = new Dictionary<string, string> { ["dataset"] = dataset.Name, ["record"] = name.Record },
            };
        }

        return (await MapAsync(branch, dataset, [record], null, cancellationToken)).First();
    }

    /// <summary>One round trip.</summary>
    /// <exception cref="DendriteException">DATASET_NOT_FOUND.</exception>
    public Task<Dataset> GetDatasetAsync(RecordBranch branch, DatasetName name, CancellationToken cancellationToken) =>
        catalog.GetAsync(branch.View, name, cancellationToken);

    /// <summary>
    /// All records of a selection, by key. Read by the page: no connection is held while the caller is slow.
    /// </summary>
    public async IAsyncEnumerable<RecordCells> ReadAllAsync(
        RecordBranch branch,
        Dataset dataset,
        RecordSelection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var (after, limit) = ((string?)null, ReadAtOnce);
        do
        {
            var query = selection.ToQuery(dataset, RecordPlace.Read(after, selection.Order));
            var page = await reader.ListAsync(branch.View, query, limit, cancellationToken);
            foreach (var record in page.Items)
            {
                yield return RecordMapper.CellsOf(dataset, record);
            }

            after = page.More ? selection.PlaceOf(dataset, page.Items[^1]) : null;
            limit = page.RowsAtOnce(ReadAtOnce);
        } while (after is not null);
    }

    /// <summary>Three round trips for a page, four where the one before ended at a record with long texts.</summary>
    public async Task<RecordPage> ListAsync(
        RecordBranch branch,
        Dataset dataset,
        RecordSelection selection,
        (int Size, string? After) page,
        CancellationToken cancellationToken
    )
    {
        var place = RecordPlace.Read(page.After, selection.Order);
        if (place is { Values: null })
        {
            // At the version of the first page, so it is there as it was.
            var ended = (await reader.GetAsync(branch.View, dataset.Id, [place.Key], cancellationToken))[0];
            var last = ended is { IsDeleted: false } ? ended : throw PageToken.NotOurs();
            place = place with { Values = selection.ValuesOf(dataset, last) };
        }

        var query = selection.ToQuery(dataset, place);
        var found = await reader.ListAsync(branch.View, query, page.Size, cancellationToken);
        var records = await MapAsync(branch, dataset, found.Items, selection.Columns, cancellationToken);
        var shown = PageBytes.Fitting(records);
        var hasMore = found.More || shown.Count < found.Items.Count;
        return new(shown, hasMore ? selection.PlaceOf(dataset, found.Items[shown.Count - 1]) : null);
    }

    /// <summary>The records that a request wrote when it was done: the answer to its repetition.</summary>
    public async Task<IReadOnlyList<V1.Record>> ReadAgainAsync(
        RecordBranch branch,
        DatasetName name,
        IReadOnlyList<RecordWrite> writes,
        RememberedCommit before,
        CancellationToken cancellationToken
    )
    {
        var point = SnapshotPoint.At(before.Version);
        var state = await snapshots.ReadAsync(branch.Project, branch.Name.Branch, point, cancellationToken);
        var then = branch with { State = state };
        var dataset = await catalog.GetAsync(then.View, name, cancellationToken);
        var problems = new RecordProblems();
        var input = new RecordInput(dataset, problems);
        ReadOnlyMemory<byte>[] keys = [.. writes.Select(write => (ReadOnlyMemory<byte>)input.KeyOf(write)!)];
        problems.ThrowIfAny();
        var found = await reader.GetAsync(then.View, dataset.Id, keys, cancellationToken);
        return [.. await MapAsync(then, dataset, [.. found.OfType<StoredRecord>()], null, cancellationToken)];
    }

    /// <summary>Each is made when it is taken: a page may be full before its end.</summary>
    private async Task<IEnumerable<V1.Record>> MapAsync(
        RecordBranch branch,
        Dataset dataset,
        IReadOnlyList<StoredRecord> records,
        IReadOnlyList<int>? columns,
        CancellationToken cancellationToken
    )
    {
        var made = await times.FindAsync(branch.Project, records.Select(record => record.Version), cancellationToken);
        return records.Select(record =>
            RecordMapper.ToContract(
                (dataset, branch.Name),
                RecordMapper.CellsOf(dataset, record),
                (record.Version.Value, made.TryGetValue(record.Version, out var time) ? time : null),
                columns
            )
        );
    }
}
