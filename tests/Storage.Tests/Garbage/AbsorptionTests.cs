using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Garbage;

public sealed class AbsorptionTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_merged_whole_and_purged_leaves_every_vector_and_is_seen_as_before()
    {
        var shop = await Workshop.OpenAsync(database, "merged");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "finding");
        var merged = await shop.MergeAsync(trial, main);
        await shop.TagAsync("published", "main");
        await shop.Lab.ForkAsync("later");
        await shop.DeleteAsync("trial");

        await shop.CollectAsync();

        Assert.Equal(["finding"], await shop.SeeAsync("main"));
        Assert.Equal(["finding"], await shop.SeeAsync("main", SnapshotPoint.At(merged)));
        Assert.Equal(["finding"], await shop.SeeAsync("later"));
        Assert.Equal(["finding"], await shop.SeeAsync("main", SnapshotPoint.AtTagged("published")));
        Assert.Equal(See(main.Timeline, merged), await shop.Lab.SeeAsync("later"));
        Assert.Equal(See(main.Timeline, merged), await shop.Lab.SeeAsync("main", SnapshotPoint.AtTagged("published")));
    }

    [Fact]
    public async Task A_child_that_saw_it_before_the_merge_keeps_it_until_the_child_is_purged()
    {
        var shop = await Workshop.OpenAsync(database, "child");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "finding");
        await shop.Lab.ForkAsync("child", "trial");
        await shop.MergeAsync(trial, main);
        await shop.DeleteAsync("trial");
        await shop.CollectAsync();

        Assert.Equal(2, (await shop.Lab.SeeAsync("main")).Entries.Length);
        Assert.Equal(["finding"], await shop.SeeAsync("child"));

        await shop.DeleteAsync("child");
        await shop.CollectAsync();

        Assert.Single((await shop.Lab.SeeAsync("main")).Entries);
        Assert.Equal(["finding"], await shop.SeeAsync("main"));
    }

    [Fact]
    public async Task What_was_merged_in_two_parts_stays_named_because_the_past_between_them_sees_one()
    {
        var shop = await Workshop.OpenAsync(database, "parts");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "one");
        var first = await shop.MergeAsync(trial, main);
        await shop.WriteAsync(trial, "two");
        await shop.MergeAsync(trial, main);
        await shop.DeleteAsync("trial");

        await shop.CollectAsync();

        Assert.Equal(["one"], await shop.SeeAsync("main", SnapshotPoint.At(first)));
        Assert.Equal(["one", "two"], await shop.SeeAsync("main"));
        Assert.Equal(2, (await shop.Lab.SeeAsync("main")).Entries.Length);
    }

    [Fact]
    public async Task What_went_on_after_its_merge_and_was_dropped_ends_at_the_merge_and_is_absorbed()
    {
        var shop = await Workshop.OpenAsync(database, "dropped");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "kept");
        await shop.MergeAsync(trial, main);
        await shop.WriteAsync(trial, "dropped");
        await shop.DeleteAsync("trial");

        await shop.CollectAsync();

        Assert.Equal(["kept"], await shop.SeeAsync("main"));
        Assert.Single((await shop.Lab.SeeAsync("main")).Entries);
        Assert.Equal(1, await shop.CountAsync("SELECT count(*) FROM signals.annotation WHERE project_id = @project"));
    }

    [Fact]
    public async Task What_an_absorbed_timeline_had_absorbed_goes_with_it_to_the_last_target()
    {
        var shop = await Workshop.OpenAsync(database, "nested");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        var arm = await shop.Lab.ForkAsync("arm", "trial");
        await shop.WriteAsync(arm, "arm");
        await shop.MergeAsync(arm, trial);
        await shop.DeleteAsync("arm");
        await shop.CollectAsync();
        var merged = await shop.MergeAsync(trial, main);
        await shop.DeleteAsync("trial");
        await shop.CollectAsync();

        Assert.Equal(["arm"], await shop.SeeAsync("main"));
        Assert.Equal(See(main.Timeline, merged), await shop.Lab.SeeAsync("main"));
        var absorbed = $"absorbed_into_timeline_id = {main.Timeline} AND project_id = @project";
        Assert.Equal(2, await shop.CountAsync($"SELECT count(*) FROM branching.timeline WHERE {absorbed}"));
    }

    [Fact]
    public async Task A_snapshot_that_was_read_before_the_absorption_sees_everything_once()
    {
        var shop = await Workshop.OpenAsync(database, "stale");
        var main = await shop.MainAsync();
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "finding");
        await shop.MergeAsync(trial, main);
        var before = await shop.Lab.SeeAsync("main");
        await shop.DeleteAsync("trial");
        await shop.CollectAsync();

        Assert.Equal(2, before.Entries.Length);
        foreach (var form in new[] { MarkRows.BySeen, MarkRows.BySees })
        {
            var seen = await MarkRows.ListAsync(shop.Lab.Database, shop.Project, before, form, Token);
            Assert.Equal(["finding"], seen);
        }
    }

    [Fact]
    public async Task A_fork_before_the_merge_does_not_see_what_was_absorbed()
    {
        var shop = await Workshop.OpenAsync(database, "past");
        var target = await shop.Lab.ForkAsync("target");
        var before = await shop.WriteAsync(target, "before");
        var trial = await shop.Lab.ForkAsync("trial", "target");
        await shop.WriteAsync(trial, "finding");
        await shop.MergeAsync(trial, target);
        await shop.DeleteAsync("trial");
        await shop.CollectAsync();

        await shop.Lab.ForkAsync("past", "target", SnapshotPoint.At(before));

        Assert.Equal(["before"], await shop.SeeAsync("past"));
        Assert.Equal(["before", "finding"], await shop.SeeAsync("target"));
    }

    private static Snapshot See(TimelineId timeline, CommitVersion version) =>
        Snapshot.Of(new SnapshotEntry(timeline, version));
}
