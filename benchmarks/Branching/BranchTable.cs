using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// Records through one branch, as the Ingest service reads and writes them: at the head that it saw last, which every
/// read and every commit checks.
/// </summary>
internal sealed class BranchTable(BenchmarkPlatform platform, string branch, DatasetId dataset) : IRecordTable
{
    private readonly PlatformDatabase database = new(platform.Ingest);
    private readonly RememberedHeads heads = new(new(new(platform.Ingest)));
    private long changes;

    public Task<long> GetAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken) =>
        ReadAsync(view => GetAsync(view, numbers, cancellationToken), cancellationToken);

    public Task<long> RangeAsync(long first, int count, CancellationToken cancellationToken) =>
        ReadAsync(
            async view =>
            {
                var query = new RecordQuery(dataset) { Keys = new(BenchmarkRecord.Key(first), null) };
                var records = await new RecordReader(database).ListAsync(view, query, count, cancellationToken);
                return records.Items.Sum(Size);
            },
            cancellationToken
        );

    public Task<long> ScanAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            async view =>
            {
                var bytes = 0L;
                var all = new RecordReader(database).ScanAsync(view, new RecordQuery(dataset), cancellationToken);
                await foreach (var record in all)
                {
                    bytes += Size(record);
                }

                return bytes;
            },
            cancellationToken
        );

    public Task WriteAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var commit = CommitOf(numbers);
        return AtHeadAsync(head => CommitAsync(head, commit, cancellationToken), cancellationToken);
    }

    /// <summary>Both at one head: the commit is refused where the branch moved on after the read.</summary>
    public Task TransactAsync(
        IReadOnlyList<long> read,
        IReadOnlyList<long> written,
        CancellationToken cancellationToken
    )
    {
        var commit = CommitOf(written);
        return AtHeadAsync(
            async head =>
            {
                await GetAsync(RecordView.Of(platform.ProjectId, head), read, cancellationToken);
                return await CommitAsync(head, commit, cancellationToken);
            },
            cancellationToken
        );
    }

    private RecordCommit CommitOf(IReadOnlyList<long> numbers)
    {
        var change = Interlocked.Increment(ref changes);
        return new("benchmark", "")
        {
            Records =
            [
                .. numbers.Select(number => new RecordChange(
                    dataset,
                    BenchmarkRecord.Key(number),
                    BenchmarkRecord.Document(number, change)
                )),
            ],
        };
    }

    private async Task<long> CommitAsync(BranchSnapshot head, RecordCommit commit, CancellationToken cancellationToken)
    {
        var receipt =
            await new RecordWriter(database).TryCommitAsync(platform.ProjectId, head, commit, cancellationToken)
            ?? throw new HeadMovedException();
        heads.Committed(platform.ProjectId, branch, head, receipt);
        return receipt.Version.Value;
    }

    private async Task<long> GetAsync(RecordView view, IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var keys = numbers.Select(number => (ReadOnlyMemory<byte>)BenchmarkRecord.Key(number)).ToArray();
        var records = await new RecordReader(database).GetAsync(view, dataset, keys, cancellationToken);
        return records.Sum(record => Size(record!));
    }

    private Task<long> AtHeadAsync(Func<BranchSnapshot, Task<long>> act, CancellationToken cancellationToken) =>
        heads.AtHeadAsync(platform.ProjectId, branch, act, cancellationToken);

    private Task<long> ReadAsync(Func<RecordView, Task<long>> read, CancellationToken cancellationToken) =>
        AtHeadAsync(head => read(RecordView.Of(platform.ProjectId, head)), cancellationToken);

    private static long Size(StoredRecord record) => record.Key.Length + record.Document!.Value.Length;
}
