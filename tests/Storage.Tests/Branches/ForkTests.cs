using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Branches;

public sealed class ForkTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_fork_sees_what_its_parent_saw_and_neither_sees_what_the_other_writes_later()
    {
        var lab = await Lab.CreateAsync(database, "isolation");
        var parent = await lab.ForkAsync("parent");
        var first = await lab.CommitAsync(parent);

        var child = await lab.ForkAsync("child", "parent");
        var childOnly = await lab.CommitAsync(child);
        var parentOnly = await lab.CommitAsync(parent);

        Assert.Equal(See((parent.Timeline, parentOnly.Version)), await lab.SeeAsync("parent"));
        Assert.Equal(
            See((parent.Timeline, first.Version), (child.Timeline, childOnly.Version)),
            await lab.SeeAsync("child")
        );
        Assert.Equal(first.Version, child.Fork!.Version);
        Assert.Equal("parent", child.Fork.Parent);
    }

    [Fact]
    public async Task A_fork_in_the_past_sees_no_more_than_its_parent_did_then()
    {
        var lab = await Lab.CreateAsync(database, "past");
        var parent = await lab.ForkAsync("parent");
        var first = await lab.CommitAsync(parent);
        await lab.CommitAsync(parent);

        var child = await lab.ForkAsync("child", "parent", SnapshotPoint.At(first.Version));

        Assert.Equal(See((parent.Timeline, first.Version)), await lab.SeeAsync("child"));
        Assert.Equal(first.Version, child.HeadVersion);
    }

    [Fact]
    public async Task A_version_before_the_parents_own_fork_is_one_of_its_past_too()
    {
        var lab = await Lab.CreateAsync(database, "ancestors");
        var grandparent = await lab.ForkAsync("grandparent");
        var first = await lab.CommitAsync(grandparent);
        await lab.CommitAsync(grandparent);
        await lab.CommitAsync(await lab.ForkAsync("parent", "grandparent"));

        var child = await lab.ForkAsync("child", "parent", SnapshotPoint.At(first.Version));

        Assert.Equal(See((grandparent.Timeline, first.Version)), await lab.SeeAsync("child"));
        Assert.Equal(CommitVersion.Zero, child.Fork!.Version);
    }

    [Fact]
    public async Task A_fork_at_an_instant_sees_the_commits_up_to_it()
    {
        var lab = await Lab.CreateAsync(database, "instants");
        var parent = await lab.ForkAsync("parent");
        var first = await lab.CommitAsync(parent);
        var second = await lab.CommitAsync(parent);

        await lab.ForkAsync("then", "parent", SnapshotPoint.At(first.Time));
        await lab.ForkAsync("before", "parent", SnapshotPoint.At(first.Time.AddMicroseconds(-1)));
        await lab.ForkAsync("now", "parent", SnapshotPoint.At(second.Time.AddHours(1)));

        Assert.Equal(See((parent.Timeline, first.Version)), await lab.SeeAsync("then"));
        Assert.Equal(Snapshot.Empty, await lab.SeeAsync("before"));
        Assert.Equal(See((parent.Timeline, second.Version)), await lab.SeeAsync("now"));
    }

    [Fact]
    public async Task Only_commits_of_the_parents_line_can_be_forked_at()
    {
        var lab = await Lab.CreateAsync(database, "foreign");
        await lab.ForkAsync("parent");
        var elsewhere = await lab.CommitAsync(await lab.ForkAsync("other"));

        var refusal = await Assert.ThrowsAsync<DendriteException>(() =>
            lab.ForkAsync("child", "parent", SnapshotPoint.At(elsewhere.Version))
        );

        Assert.Equal(ErrorReason.CommitNotFound, refusal.Reason);
        Assert.Null(await lab.Branches.FindAsync(lab.Project, "child", Token));
    }

    [Fact]
    public async Task A_branch_that_is_missing_or_deleted_cannot_be_forked()
    {
        var lab = await Lab.CreateAsync(database, "missing");
        await lab.ForkAsync("gone");
        await lab.Writer.DeleteAsync(lab.Project, new("gone"), TimeSpan.FromDays(1), Lab.Mutation(), Token);

        foreach (var parent in new[] { "gone", "never" })
        {
            var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.ForkAsync("child", parent));
            Assert.Equal(ErrorReason.BranchNotFound, refusal.Reason);
        }
    }

    [Fact]
    public async Task A_name_is_taken_also_by_a_deleted_branch()
    {
        var lab = await Lab.CreateAsync(database, "names");
        await lab.ForkAsync("trial");
        await lab.Writer.DeleteAsync(lab.Project, new("trial"), TimeSpan.FromDays(1), Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.ForkAsync("trial"));

        Assert.Equal(ErrorReason.AlreadyExists, refusal.Reason);
        Assert.Contains("dendrite branch undelete trial", refusal.Message, StringComparison.Ordinal);
        await lab.ForkAsync("other");
        var taken = await Assert.ThrowsAsync<DendriteException>(() => lab.ForkAsync("other"));
        Assert.Equal("Branch 'other' exists already: choose another id.", taken.Message);
    }

    [Fact]
    public async Task The_id_of_a_branch_that_went_for_good_is_free_when_maintenance_has_removed_it_and_that_is_said()
    {
        var lab = await Lab.CreateAsync(database, "ids");
        await lab.ForkAsync("trial");
        await lab.Writer.DeleteAsync(lab.Project, new("trial"), retention: null, Lab.Mutation(), Token);

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => lab.ForkAsync("trial"));

        Assert.Equal(ErrorReason.AlreadyExists, refusal.Reason);
        Assert.Contains(
            "free after the next maintenance ('dendrite job run",
            refusal.Message,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("undelete", refusal.Message, StringComparison.Ordinal);
        await new Storage.Garbage.GarbageStore(new(database.Scheduler)).PurgeAsync(lab.Project, 10, "tests", Token);
        await lab.ForkAsync("trial");
    }

    [Fact]
    public async Task Forking_does_not_wait_for_a_writer_of_the_parent()
    {
        var lab = await Lab.CreateAsync(database, "busy");
        var parent = await lab.ForkAsync("parent");
        var first = await lab.CommitAsync(parent);
        await using var session = await lab.Database.BeginAsync(lab.Project, Token);
        await using var batch = session.CreateBatch();
        batch.Add(Storage.Commits.CommitDoor.CreateCommand(Lab.Commit(parent)));
        await batch.ExecuteAsync(Token);

        await lab.ForkAsync("child", "parent").WaitAsync(TimeSpan.FromSeconds(30), Token);

        Assert.Equal(See((parent.Timeline, first.Version)), await lab.SeeAsync("child"));
    }

    [Fact]
    public async Task A_preview_answers_what_would_be_made_and_makes_nothing()
    {
        var lab = await Lab.CreateAsync(database, "preview");

        var preview = await lab.Forker.PreviewAsync(lab.Project, lab.New("trial"), null, Lab.Mutation(), Token);

        Assert.Equal("trial", preview.Name);
        Assert.Null(await lab.Branches.FindAsync(lab.Project, "trial", Token));
    }

    private static Snapshot See(params (TimelineId Timeline, CommitVersion Version)[] entries) =>
        Snapshot.Of(entries.Select(entry => new SnapshotEntry(entry.Timeline, entry.Version)));
}
