using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Branches;

public sealed class BranchStatementTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What closes a branch for writes, by name, and how the door refuses one then.</summary>
    public static TheoryData<string, ErrorReason> Closings { get; } =
        new()
        {
            { "archive", ErrorReason.BranchNotWritable },
            { "protect", ErrorReason.BranchProtected },
            { "delete", ErrorReason.BranchNotWritable },
        };

    [Theory]
    [MemberData(nameof(Closings))]
    public async Task What_waits_behind_a_reset_closes_the_line_that_the_reset_made(string closing, ErrorReason refusal)
    {
        var lab = await Lab.CreateAsync(database, $"behind-{closing}");
        await CommitAsync(lab, "trial");
        var lifecycle = Lifecycle(lab);

        var closed = await BehindResetAsync(
            lab,
            async () =>
                closing switch
                {
                    "archive" => await lifecycle.ArchiveAsync(lab.Project, new("trial"), Lab.Mutation(), Token),
                    "protect" => await lifecycle.ProtectAsync(lab.Project, new("trial"), true, Lab.Mutation(), Token),
                    _ => await lab.Writer.DeleteAsync(
                        lab.Project,
                        new("trial"),
                        TimeSpan.FromDays(1),
                        Lab.Mutation(),
                        Token
                    ),
                }
        );

        var refused = await Assert.ThrowsAsync<DendriteException>(() => WriteAsync(lab, closed.Timeline));
        Assert.Equal(refusal, refused.Reason);
    }

    [Fact]
    public async Task A_rename_that_waits_behind_a_reset_answers_with_the_branch()
    {
        var lab = await Lab.CreateAsync(database, "rename-behind");
        await CommitAsync(lab, "trial");

        var renamed = await BehindResetAsync(
            lab,
            async () => await Lifecycle(lab).RenameAsync(lab.Project, new("trial"), "renamed", Lab.Mutation(), Token)
        );

        Assert.Equal("renamed", renamed.Name);
    }

    [Fact]
    public async Task A_deletion_of_a_branch_as_it_was_read_that_waits_behind_a_reset_is_refused()
    {
        var lab = await Lab.CreateAsync(database, "head-behind");
        var head = await CommitAsync(lab, "trial");

        var refused = await Assert.ThrowsAsync<DendriteException>(() =>
            BehindResetAsync(
                lab,
                () =>
                    lab.Writer.DeleteAsync(
                        lab.Project,
                        new("trial") { Head = head },
                        TimeSpan.FromDays(1),
                        Lab.Mutation(),
                        Token
                    )
            )
        );

        Assert.Equal(ErrorReason.HeadMoved, refused.Reason);
    }

    /// <summary>
    /// Runs a change of <c>trial</c> that begins while a reset of it to nothing waits for a commit under way.
    /// </summary>
    private async Task<BranchRecord> BehindResetAsync(Lab lab, Func<Task<BranchRecord?>> change)
    {
        var resetter = new BranchResetter(lab.Database, lab.Snapshots, lab.Branches, lab.Writer, lab.Requests);
        var branch = await lab.Branches.GetAsync(lab.Project, "trial", Token);
        await using var commit = await lab.Database.BeginAsync(lab.Project, Token);
        await using var batch = commit.CreateBatch();
        batch.Add("SELECT branching.lock_timeline(@timeline)").With("timeline", branch.Timeline.Value);
        await batch.ExecuteAsync(Token);
        var reset = resetter.ResetAsync(
            lab.Project,
            new("trial"),
            SnapshotPoint.At(CommitVersion.Zero),
            Lab.Mutation(),
            Token
        );
        await database.WaitUntilWaitingAsync(1, Token);
        var changed = change();
        await database.WaitUntilWaitingAsync(2, Token);

        await commit.DisposeAsync();

        Assert.NotEqual(branch.Timeline, (await reset).Branch.Timeline);
        return (await changed)!;
    }

    private static BranchLifecycle Lifecycle(Lab lab) => new(lab.Writer, lab.Branches, new(lab.Database));

    private static async Task<CommitVersion> CommitAsync(Lab lab, string branch) =>
        (await lab.CommitAsync(await lab.ForkAsync(branch))).Version;

    private static async Task WriteAsync(Lab lab, TimelineId timeline)
    {
        await using var batch = lab.Database.CreateBatch(lab.Project);
        batch.Add(CommitDoor.CreateCommand(new(timeline, CommitKind.Write, "tests", "", new byte[32])));
        await batch.ExecuteAsync(Token);
    }
}
