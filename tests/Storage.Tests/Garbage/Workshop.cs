using System.Security.Cryptography;
using System.Text;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>
/// A lab whose branches write marks: rows of every signal table that bear a name nobody else writes, so that what a
/// snapshot sees is a set of names. Merges are those of the vector alone: marks never clash.
/// </summary>
internal sealed class Workshop(TestDatabase database, Lab lab)
{
    /// <summary>The stream that all marks are on.</summary>
    public const long Stream = 1_000_000_007;

    private readonly PlatformDatabase ingest = new(database.Ingest);

    public Lab Lab { get; } = lab;

    public ProjectId Project => Lab.Project;

    public GarbageStore Garbage { get; } = new(new PlatformDatabase(database.Scheduler));

    private TagWriter Tags => new(Lab.Database, Lab.Snapshots);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Workshop> OpenAsync(TestDatabase database, string name) =>
        new(database, await Lab.CreateAsync(database, name));

    public Task<BranchRecord> MainAsync() => Lab.Branches.GetAsync(Project, "main", Token);

    /// <summary>Commits one mark to a branch, as rows of every table.</summary>
    public async Task<CommitVersion> WriteAsync(BranchRecord branch, string mark)
    {
        await using var batch = ingest.CreateBatch(Project);
        batch.Add(Door(branch, mark, null));
        foreach (var sql in MarkRows.Inserts)
        {
            batch
                .Add(sql)
                .With("project", Project.Value)
                .With("timeline", branch.Timeline.Value)
                .With("stream", Stream)
                .With("id", new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(mark)).AsSpan(0, 16)))
                .With("mark", mark);
        }

        var (version, _, _) = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
        return version;
    }

    /// <summary>
    /// Merges the source's head into the target, in one transaction: a commit, and the entries of the union.
    /// </summary>
    public async Task<CommitVersion> MergeAsync(BranchRecord source, BranchRecord target)
    {
        await using var batch = Lab.Database.CreateBatch(Project);
        batch.Add(Door(target, "merge", CommitKind.Merge));
        batch
            .Add(
                $"""
                INSERT INTO branching.vector_entry (
                    project_id, timeline_id, owner_timeline_id, since_version, through_version)
                SELECT @project, @target, theirs.owner_timeline_id, {CommitDoor.Version}, theirs.through_version
                FROM branching.vector_at_head(@source) theirs
                LEFT JOIN branching.vector_at_head(@target) ours USING (owner_timeline_id)
                WHERE theirs.owner_timeline_id <> @target
                    AND theirs.through_version > coalesce(ours.through_version, 0)
                """
            )
            .With("project", Project.Value)
            .With("source", source.Timeline.Value)
            .With("target", target.Timeline.Value);
        var (version, _, _) = await batch.ReadAsync(CommitDoor.ReadReceiptAsync, Token);
        return version;
    }

    /// <summary>Deletes a branch for good, up to the purge.</summary>
    public Task DeleteAsync(string branch) =>
        Lab.Writer.DeleteAsync(Project, new(branch), retention: null, Lab.Mutation(), Token);

    public Task TagAsync(string tag, string branch)
    {
        var state = new NewTag(tag, Lab.NewUid(), branch, SnapshotPoint.Head) { Creator = "tests" };
        return Tags.CreateAsync(Project, state, Lab.Mutation(), Token);
    }

    public Task DeleteTagAsync(string tag) => Tags.DeleteAsync(Project, new(tag), Lab.Mutation(), Token);

    public Task<ResetBranch> ResetAsync(string branch, CommitVersion version) =>
        new BranchResetter(Lab.Database, Lab.Snapshots, Lab.Branches, Lab.Writer, Lab.Requests).ResetAsync(
            Project,
            new(branch),
            SnapshotPoint.At(version),
            Lab.Mutation(),
            Token
        );

    /// <summary>Purges, absorbs, judges and sweeps until nothing is left to do.</summary>
    public async Task CollectAsync(int rows = 1_000)
    {
        await Garbage.PurgeAsync(Project, 1_000, "tests", Token);
        for (var again = true; again; )
        {
            var absorbed = await Garbage.AbsorbAsync(Project, default, 10_000, Token);
            var judged = await Garbage.JudgeAsync(Project, default, 10_000, TimeSpan.Zero, Token);
            var swept = await Garbage.SweepAsync(Project, rows, Token);
            again = absorbed.Count + judged.Count + judged.Trimmed > 0 || swept is not null;
        }
    }

    /// <summary>The marks that a state sees, read in each of the ways that stores read.</summary>
    public async Task<IReadOnlyList<string>> SeeAsync(string branch, SnapshotPoint? point = null)
    {
        var seen = await Lab.SeeAsync(branch, point);
        var listed = await MarkRows.ListAsync(Lab.Database, Project, seen, MarkRows.BySeen, Token);
        var tested = await MarkRows.ListAsync(Lab.Database, Project, seen, MarkRows.BySees, Token);
        Assert.Equal(listed, tested);
        var annotations = await new AnnotationStore(Lab.Database).ListAsync(
            Project,
            seen,
            new(Stream, int.MaxValue),
            Token
        );
        Assert.Equal(listed, annotations.Select(annotation => annotation.Text).Order(StringComparer.Ordinal));
        return listed;
    }

    /// <summary>The cost of each mark that is stored; see <see cref="MarkRows.Sizes"/>.</summary>
    public async Task<IReadOnlyDictionary<string, long>> WeighAsync()
    {
        await using var batch = Lab.Database.CreateBatch(Project);
        batch.Add(MarkRows.Sizes).With("project", Project.Value);
        var sizes = await batch.ReadRowsAsync(row => (Mark: row.GetString(0), Bytes: row.GetInt64(1)), Token);
        return sizes.ToDictionary(size => size.Mark, size => size.Bytes);
    }

    /// <summary>Runs a query of one number as the superuser, behind every store's back.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<long>("project", Project.Value));
        return (long)(await command.ExecuteScalarAsync(Token))!;
    }

    private static NpgsqlBatchCommand Door(BranchRecord branch, string message, CommitKind? kind)
    {
        var commit = Lab.Commit(branch, message);
        return CommitDoor.CreateCommand(commit with { Kind = kind ?? commit.Kind });
    }
}
