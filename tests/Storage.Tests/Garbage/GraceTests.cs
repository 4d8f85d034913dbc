using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>A read that began while something was seen ends in peace, however long ago its branch was purged.</summary>
public sealed class GraceTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_purged_long_ago_stays_a_while_after_its_last_tag()
    {
        var shop = await OpenAsync("last-tag");
        var before = await SeeAsync(shop, "early");

        await shop.DeleteTagAsync("early");

        await AssertGoesAfterGraceAsync(shop, before);
    }

    [Fact]
    public async Task What_was_purged_long_ago_stays_a_while_after_its_last_child()
    {
        var shop = await OpenAsync("last-child");
        await shop.Lab.ForkAsync("child", "main", SnapshotPoint.AtTagged("early"));
        await shop.DeleteTagAsync("early");
        await CollectAsync(shop);
        var before = await shop.Lab.SeeAsync("child");

        await shop.DeleteAsync("child");

        await AssertGoesAfterGraceAsync(shop, before);
    }

    [Fact]
    public async Task What_was_seen_for_longer_than_the_rest_stays_a_while_after_that_too()
    {
        var shop = await OpenAsync("in-parts", tagLate: true);
        var (early, late) = (await SeeAsync(shop, "early"), await SeeAsync(shop, "late"));

        await shop.DeleteTagAsync("late");
        await CollectAsync(shop);
        Assert.Equal(["early", "late"], await ListAsync(shop, late));
        await AgeAsync(shop, "hidden_time");
        await shop.DeleteTagAsync("early");

        await AssertGoesAfterGraceAsync(shop, early);
    }

    /// <summary>A trial that was purged a day ago, of which a tag sees the first mark, or two tags see both.</summary>
    private async Task<Workshop> OpenAsync(string project, bool tagLate = false)
    {
        var shop = await Workshop.OpenAsync(database, project);
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "early");
        await shop.TagAsync("early", "trial");
        await shop.WriteAsync(trial, "late");
        if (tagLate)
            await shop.TagAsync("late", "trial");
        await shop.DeleteAsync("trial");
        await shop.CollectAsync();
        await AgeAsync(shop, "purge_time");
        return shop;
    }

    private static Task<Snapshot> SeeAsync(Workshop shop, string tag) =>
        shop.Lab.SeeAsync("main", SnapshotPoint.AtTagged(tag));

    private static async Task AssertGoesAfterGraceAsync(Workshop shop, Snapshot before)
    {
        await CollectAsync(shop);
        await CollectAsync(shop);
        Assert.Equal(["early"], await ListAsync(shop, before));

        await AgeAsync(shop, "hidden_time");
        await CollectAsync(shop);
        Assert.Empty(await ListAsync(shop, before));
    }

    /// <summary>One run of the steps, as the job of maintenance takes them.</summary>
    private static async Task CollectAsync(Workshop shop)
    {
        await shop.Garbage.PurgeAsync(shop.Project, 1_000, "tests", Token);
        await shop.Garbage.AbsorbAsync(shop.Project, default, 10_000, Token);
        await shop.Garbage.JudgeAsync(shop.Project, default, 10_000, Grace, Token);
        while (await shop.Garbage.SweepAsync(shop.Project, 1_000, Token) is not null) { }
    }

    /// <summary>A day passes since.</summary>
    private static Task AgeAsync(Workshop shop, string column) =>
        shop.CountAsync(
            $"""
            WITH aged AS (
                UPDATE branching.timeline SET {column} = {column} - interval '1 day' WHERE project_id = @project
                RETURNING 1
            )
            SELECT count(*) FROM aged
            """
        );

    private static Task<IReadOnlyList<string>> ListAsync(Workshop shop, Snapshot seen) =>
        MarkRows.ListAsync(shop.Lab.Database, shop.Project, seen, MarkRows.BySeen, Token);
}
