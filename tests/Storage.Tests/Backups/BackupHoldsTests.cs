using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Backups;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Tests.Garbage;

namespace Dendrite.Storage.Tests.Backups;

public sealed class BackupHoldsTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_backup_holds_is_shared_with_no_branch_and_costs_what_it_cost()
    {
        var shop = await Workshop.OpenAsync(database, "held");
        var trial = await shop.Lab.ForkAsync("trial");
        await shop.WriteAsync(trial, "shared");
        var child = await shop.Lab.ForkAsync("child", "trial");
        await shop.WriteAsync(trial, "of the trial");
        await shop.Lab.ForkAsync("gone", "child");
        await shop.WriteAsync(child, "of the child");
        await shop.TagAsync("published", "trial");
        var (trialUsage, childUsage) = (await UsageAsync("trial"), await UsageAsync("child"));
        Assert.All(
            [trialUsage.OwnBytes, trialUsage.SharedBytes, childUsage.FreeableBytes],
            bytes => Assert.NotEqual(0, bytes)
        );

        await HoldAsync(shop, "trial", "child", "gone");
        Assert.Equal((trialUsage, childUsage), (await UsageAsync("trial"), await UsageAsync("child")));
        await shop.DeleteAsync("child");
        await shop.DeleteAsync("gone");
        await shop.CollectAsync();

        var alone = await UsageAsync("trial");
        Assert.Equal((trialUsage.OwnBytes + trialUsage.SharedBytes, 0), (alone.OwnBytes, alone.SharedBytes));

        Task<BranchUsage> UsageAsync(string branch) =>
            new BranchUsageStore(shop.Lab.Database).MeasureAsync(shop.Project, branch, Token);
    }

    private async Task HoldAsync(Workshop shop, params string[] branches)
    {
        await shop.CountAsync(
            """
            WITH backup AS (
                INSERT INTO scheduling.backup (project_id, plan_name, name, store, state, create_time)
                VALUES (@project, 'nightly', 'night-1', 'vault', 'running', statement_timestamp())
                RETURNING 1
            )
            SELECT count(*) FROM backup
            """
        );
        var holds = new BackupHolds(new(database.Scheduler));
        await holds.HoldAsync(shop.Project, new("nightly", "night-1"), branches, ["published"], Token);
    }
}
