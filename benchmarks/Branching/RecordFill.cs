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
        await CommitAsync("main", $"generate_series(1, {size.Records}) AS n", shadows: false);
        for (var i = 0; i < size.OtherBranches; i++)
        {
            var name = $"other-{i}";
            await ForkAsync(name, cancellationToken);
            await CommitAsync(name, Spread(size.Records, size.RecordsOfBranch, i), shadows: true);
        }

        foreach (var name in new[] { "records-a", "records-b" })
        {
            await ForkAsync(name, cancellationToken);
            await CommitAsync(name, Spread(size.Records, size.DifferingRecords, 0), shadows: true);
        }

        await platform.TidyAsync("records.row");
        await platform.TidyAsync("branching.timeline");
        isFilled = true;
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

    private Task CommitAsync(string branch, string numbers, bool shadows) =>
        platform.ArrangeAsync(
            $"""
            BEGIN;
            SELECT branching.commit(
                (SELECT timeline_id FROM branching.branch WHERE name = '{branch}'), 'merge', 'benchmark', '',
                decode(repeat('00', 32), 'hex'), jsonb_build_object());
            INSERT INTO records.row (
                project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
            SELECT b.project_id, {Dataset}, int8send(n), branching.committed_version(), b.timeline_id, {shadows},
                {BenchmarkRecord.DocumentSql} || jsonb_build_object('9', '{branch}'), sha256(int8send(n))
            FROM branching.branch AS b, {numbers}
            WHERE b.name = '{branch}';
            COMMIT;
            """
        );
}
