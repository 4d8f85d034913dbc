using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// A dataset in main, and branches that each wrote some of its records again: what a scan must find its way through.
/// </summary>
internal sealed class RecordFill(BenchmarkPlatform platform)
{
    public const long Dataset = 1;
    private const long SmallDataset = 2;

    /// <summary>Branches that each wrote some of the records.</summary>
    public static readonly (string A, string B) Pair = ("records-a", "records-b");

    /// <summary>Likewise, of the small dataset.</summary>
    public static readonly (string A, string B) SmallPair = ("few-a", "few-b");

    private readonly PlatformDatabase database = new(platform.Branch);

    private bool isFilled;

    /// <summary>Adds them, and the same records in a plain table, unless they are there.</summary>
    public async Task EnsureAsync(BranchingSize size, CancellationToken cancellationToken)
    {
        if (isFilled)
        {
            return;
        }

        await new PlainTable(platform).CreateAsync(size.Records);
        await CommitAsync(new(Dataset, "main"), $"generate_series(1, {size.Records}) AS n");
        for (var i = 0; i < size.OtherBranches; i++)
        {
            var name = $"other-{i}";
            await ForkAsync(name, cancellationToken);
            await CommitAsync(new(Dataset, name), Spread(size.Records, size.RecordsOfBranch, i));
        }

        await AddPairAsync(Pair, Dataset, size.Records, size.DifferingRecords, cancellationToken);
        isFilled = true;
    }

    /// <summary>Adds a dataset with so few records that memory has all, and two branches that wrote some.</summary>
    public async Task AddSmallAsync(BranchingSize size, CancellationToken cancellationToken)
    {
        await CommitAsync(new(SmallDataset, "main"), $"generate_series(1, {size.FewRecords}) AS n");
        await AddPairAsync(SmallPair, SmallDataset, size.FewRecords, size.DifferingRecords, cancellationToken);
    }

    private async Task AddPairAsync(
        (string A, string B) pair,
        long dataset,
        int records,
        int written,
        CancellationToken cancellationToken
    )
    {
        foreach (var name in new[] { pair.A, pair.B })
        {
            await ForkAsync(name, cancellationToken);
            await CommitAsync(new(dataset, name), Spread(records, written, 0));
        }

        await platform.TidyAsync("records.row");
        await platform.TidyAsync("branching.timeline");
    }

    public Task ForkAsync(string name, CancellationToken cancellationToken)
    {
        var writer = new BranchWriter(database, new BranchStore(database), new IdempotencyStore(database));
        var forker = new BranchForker(database, new SnapshotReader(database), writer);
        var branch = new NewBranch(name, Guid.CreateVersion7(), "main", SnapshotPoint.Head) { Owner = "lab" };
        return forker.CreateAsync(platform.ProjectId, branch, new("lab", "CreateBranch", name), cancellationToken);
    }

    /// <summary>So many records, far from each other.</summary>
    private static string Spread(int records, int count, int from) =>
        $"(SELECT {from} + 1 + i * {records / count} AS n FROM generate_series(0, {count - 1}) AS i) AS numbers";

    /// <summary>In main a record is what it is in the plain table, to the byte.</summary>
    private static string DocumentOf(string branch) =>
        branch == "main"
            ? BenchmarkRecord.DocumentSql
            : $"{BenchmarkRecord.DocumentSql} || jsonb_build_object('9', '{branch}')";

    private Task CommitAsync((long Dataset, string Branch) to, string numbers) =>
        platform.ArrangeAsync(
            $"""
            BEGIN;
            SELECT branching.commit(
                (SELECT timeline_id FROM branching.branch WHERE name = '{to.Branch}'), 'merge', 'benchmark', '',
                decode(repeat('00', 32), 'hex'), jsonb_build_object());
            INSERT INTO records.row (
                project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
            SELECT b.project_id, {to.Dataset}, int8send(n), branching.committed_version(), b.timeline_id,
                {to.Branch != "main"},
                {DocumentOf(to.Branch)}, sha256(int8send(n))
            FROM branching.branch AS b, {numbers}
            WHERE b.name = '{to.Branch}';
            COMMIT;
            """
        );
}
