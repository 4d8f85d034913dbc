using Dendrite.Storage;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Benchmarks.Branching;

/// <summary>Records through one branch; each write is a commit that follows the branch's head.</summary>
internal sealed class BranchTable(BenchmarkPlatform platform, string branch, DatasetId dataset) : IRecordTable
{
    private readonly PlatformDatabase database = new(platform.Ingest);
    private long changes;

    public async Task<long> GetAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var keys = numbers.Select(number => (ReadOnlyMemory<byte>)BenchmarkRecord.Key(number)).ToArray();
        var view = await ViewAsync(cancellationToken);
        var records = await new RecordReader(database).GetAsync(view, dataset, keys, cancellationToken);
        return records.Sum(record => Size(record!));
    }

    public async Task<long> RangeAsync(long first, int count, CancellationToken cancellationToken)
    {
        var query = new RecordQuery(dataset) { Keys = new(BenchmarkRecord.Key(first), null) };
        var view = await ViewAsync(cancellationToken);
        var records = await new RecordReader(database).ListAsync(view, query, count, cancellationToken);
        return records.Sum(Size);
    }

    public async Task<long> ScanAsync(CancellationToken cancellationToken)
    {
        var bytes = 0L;
        var view = await ViewAsync(cancellationToken);
        var records = new RecordReader(database).ScanAsync(view, new RecordQuery(dataset), cancellationToken);
        await foreach (var record in records)
        {
            bytes += Size(record);
        }

        return bytes;
    }

    public async Task WriteAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        var change = Interlocked.Increment(ref changes);
        var commit = new RecordCommit("benchmark", "")
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
        var writer = new RecordWriter(database);
        var head = await HeadAsync(cancellationToken);
        if (await writer.TryCommitAsync(platform.ProjectId, head, commit, cancellationToken) is not null)
        {
            return;
        }

        await using var transaction = await writer.BeginAsync(
            platform.ProjectId,
            head.Branch,
            head.Timeline,
            cancellationToken
        );
        await transaction.CommitAsync(commit, cancellationToken);
    }

    private static long Size(StoredRecord record) => record.Key.Length + record.Document!.Value.Length;

    private async Task<RecordView> ViewAsync(CancellationToken cancellationToken) =>
        RecordView.Of(platform.ProjectId, await HeadAsync(cancellationToken));

    private Task<BranchSnapshot> HeadAsync(CancellationToken cancellationToken) =>
        new SnapshotReader(database).ReadAsync(platform.ProjectId, branch, SnapshotPoint.Head, cancellationToken);
}
