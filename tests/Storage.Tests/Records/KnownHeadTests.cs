using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.History;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Writes;
using Dendrite.Versioning;
using Dendrite.Versioning.History;

namespace Dendrite.Storage.Tests.Records;

/// <summary>
/// Whoever follows a commit of its own knows the head's hash and passes the door in fewer steps. What it makes and what
/// it is refused must be what the long way makes and refuses.
/// </summary>
public sealed class KnownHeadTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Commits_that_follow_known_heads_are_links_of_one_chain()
    {
        var (lab, known) = await BeginAsync("chain");
        for (var i = 2; i <= 5; i++)
        {
            known = After(known, (await CommitAsync(lab, known, $"{i}"))!);
        }

        // Others come in between, by the long way, and after them the short one again.
        await lab.CommitAsync("trial", lab.Put("place", "6"));
        var moved = await lab.HeadAsync("trial");
        await CommitAsync(lab, After(moved, (await CommitAsync(lab, moved, "7"))!), "8");

        var head = await lab.HeadAsync("trial");
        var commits = await new HistoryStore(lab.Database).ReadAsync(
            lab.Lab.Project,
            head.Snapshot,
            new(0),
            100,
            Token
        );
        var chain = new HistoryVerifier(lab.Lab.Project.Value);
        Assert.All(commits, commit => Assert.Null(chain.Verify(commit.Commit)));
        var ends = await new HistoryStore(lab.Database).ReadEndsAsync(lab.Lab.Project, head.Snapshot, Token);
        Assert.All(ends, end => Assert.Null(chain.VerifyEnd(end.Timeline, end.Through, end.HeadHash)));
        Assert.Equal(8, commits.Count);
        Assert.Equal("""{"1": "8"}""", await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
    }

    [Fact]
    public async Task A_known_head_that_others_moved_takes_nothing()
    {
        var (lab, known) = await BeginAsync("moved");
        await lab.CommitAsync("trial", lab.Put("place", "of another"));

        Assert.Null(await CommitAsync(lab, known, "2"));

        Assert.Equal("""{"1": "of another"}""", await lab.FindAsync(await lab.ViewAsync("trial"), "place"));
    }

    [Fact]
    public async Task A_hash_that_is_not_the_heads_is_not_written_into_the_chain()
    {
        var (lab, known) = await BeginAsync("hash");

        var receipt = await CommitAsync(lab, known with { Hash = new byte[32] }, "2");

        // The long way looked for itself.
        Assert.NotNull(await CommitAsync(lab, After(known, receipt!), "3"));
    }

    [Fact]
    public async Task A_known_head_of_another_project_is_not_there()
    {
        var (theirs, known) = await BeginAsync("theirs");
        var mine = await RecordLab.CreateAsync(database, "mine");
        var commit = new RecordCommit("mallory", "") { Records = [theirs.Put("place", "stolen")] };

        var refusal = await Assert.ThrowsAsync<DendriteException>(() =>
            mine.Writer.TryCommitAsync(mine.Lab.Project, known, commit, Token)
        );

        Assert.Equal(ErrorReason.BranchNotFound, refusal.Reason);
        Assert.Equal(known.Version, (await theirs.HeadAsync("trial")).Version);
    }

    [Fact]
    public async Task A_row_of_another_project_is_neither_seen_nor_superseded()
    {
        var (theirs, _) = await BeginAsync("their-row");
        var (mine, known) = await BeginAsync("my-row");
        var commit = new RecordCommit("mallory", "") { Records = [theirs.Put("place", "mine")] };

        Assert.NotNull(await mine.Writer.TryCommitAsync(mine.Lab.Project, known, commit, Token));

        Assert.Equal("""{"1": "1"}""", await theirs.FindAsync(await theirs.ViewAsync("trial"), "place"));
        await using var row = database.Owner.CreateCommand(
            $"""
            SELECT bool_or(superseded_version IS NOT NULL OR shadows)
            FROM records.row WHERE dataset_id = {theirs.Dataset}
            """
        );
        Assert.Equal(false, await row.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task What_people_write_in_any_script_is_hashed_as_everywhere()
    {
        var (lab, known) = await BeginAsync("scripts");
        var commit = new RecordCommit("Zoë Ångström", "42 µV — 脳波, not 41") { Records = [lab.Put("place", "2")] };

        var receipt = await lab.Writer.TryCommitAsync(lab.Lab.Project, known, commit, Token);

        var made = Assert.Single(
            await lab.Lab.Commits.ListAsync(lab.Lab.Project, new(await lab.Lab.SeeAsync("trial"), 1), Token)
        );
        Assert.Equal(receipt!.Hash, made.Hash);
        Assert.Equal(known.Hash, made.ParentHash);
        Assert.Equal(CommitHash.Compute(known.Hash, lab.Lab.Project.Value, made.Content), made.Hash);
    }

    [Fact]
    public async Task Who_keeps_copies_is_told_of_the_timeline()
    {
        var (lab, known) = await BeginAsync("told");
        var observer = new Observer();
        var writer = new RecordWriter(new(database.Ingest, observer));

        await writer.TryCommitAsync(
            lab.Lab.Project,
            known,
            new("tests", "") { Records = [lab.Put("place", "2")] },
            Token
        );

        Assert.Equal([known.Timeline], Assert.Single(observer.Told).Timelines);
    }

    [Fact]
    public async Task A_known_head_of_an_archived_branch_is_refused_with_the_reason()
    {
        var (lab, known) = await BeginAsync("archived");
        await Lifecycle(lab).ArchiveAsync(lab.Lab.Project, new("trial"), Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => CommitAsync(lab, known, "2"));

        Assert.Equal(ErrorReason.BranchNotWritable, refusal.Reason);
    }

    [Fact]
    public async Task A_known_head_of_a_branch_that_was_protected_meanwhile_is_refused_with_the_reason()
    {
        var (lab, known) = await BeginAsync("protected");
        await Lifecycle(lab).ProtectAsync(lab.Lab.Project, new("trial"), true, Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => CommitAsync(lab, known, "2"));

        Assert.Equal(ErrorReason.BranchProtected, refusal.Reason);
    }

    [Fact]
    public async Task A_known_head_of_a_branch_whose_name_leads_elsewhere_takes_nothing()
    {
        var (lab, known) = await BeginAsync("renamed");
        await Lifecycle(lab).RenameAsync(lab.Lab.Project, new("trial"), "other", Lab.Mutation(), Token);

        Assert.Null(await CommitAsync(lab, known, "2"));
    }

    [Fact]
    public async Task A_clock_that_went_back_gives_a_commit_that_is_not_before_its_parent()
    {
        var (lab, known) = await BeginAsync("clock");
        await using (
            var ahead = database.Owner.CreateCommand(
                $"""
                SELECT set_config('dendrite.project_id', '{lab.Lab.Project.Value}', false);
                UPDATE branching.timeline SET head_time = '2999-01-01Z' WHERE timeline_id = {known.Timeline.Value}
                """
            )
        )
        {
            await ahead.ExecuteNonQueryAsync(Token);
        }

        var receipt = await CommitAsync(lab, known, "2");

        Assert.Equal(2999, receipt!.Time.Year);
    }

    /// <summary>A branch with one commit, known as after it.</summary>
    private async Task<(RecordLab Lab, BranchSnapshot Known)> BeginAsync(string project)
    {
        var lab = await RecordLab.CreateAsync(database, project);
        await lab.Lab.ForkAsync("trial");
        var head = await lab.HeadAsync("trial");
        return (lab, After(head, (await CommitAsync(lab, head, "1"))!));
    }

    private static BranchSnapshot After(BranchSnapshot head, CommitReceipt receipt) =>
        head with
        {
            Version = receipt.Version,
            Snapshot = head.Snapshot.Advance(head.Timeline, receipt.Version),
            Hash = receipt.Hash,
        };

    private static Task<CommitReceipt?> CommitAsync(RecordLab lab, BranchSnapshot head, string value) =>
        lab.Writer.TryCommitAsync(
            lab.Lab.Project,
            head,
            new("tests", "") { Records = [lab.Put("place", value)] },
            Token
        );

    private sealed class Observer : IWriteObserver
    {
        public List<Written> Told { get; } = [];

        public Task WroteAsync(Written written)
        {
            Told.Add(written);
            return Task.CompletedTask;
        }
    }

    private static BranchLifecycle Lifecycle(RecordLab lab) =>
        new(lab.Lab.Writer, lab.Lab.Branches, new(lab.Lab.Database));
}
