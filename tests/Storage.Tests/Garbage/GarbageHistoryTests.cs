using Dendrite.Fixtures.Postgres;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>Set <c>GARBAGE_HISTORIES</c> for more histories than a test run has patience for.</summary>
public sealed class GarbageHistoryTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Steps = 120;

    private static readonly int Histories = int.Parse(
        Environment.GetEnvironmentVariable("GARBAGE_HISTORIES") ?? "6",
        null
    );

    [Fact]
    public async Task Everything_seen_before_is_seen_after_and_what_nobody_sees_is_gone()
    {
        var done = new Dictionary<string, int>();
        for (var seed = 1; seed <= Histories; seed++)
        {
            var shop = await Workshop.OpenAsync(database, $"history-{seed}");
            var history = new RandomHistory(shop, seed);
            await history.RunAsync(Steps);
            await history.CheckAllAsync();

            await shop.CollectAsync();
            await history.CheckAllAsync();
            await AssertOnlyAsync(shop, history.Seen());
            await history.CheckUsageAsync();

            await history.DeleteEverythingButMainAsync();
            await shop.CollectAsync();
            await history.CheckAllAsync();
            await AssertOnlyAsync(shop, history.Seen());
            foreach (var (what, times) in history.Done)
            {
                done[what] = done.GetValueOrDefault(what) + times;
            }
        }

        // A history without one of these would prove nothing about it.
        string[] needed = ["write", "fork", "fork in the past", "merge", "tag", "delete a tag", "reset", "delete"];
        Assert.All([.. needed, "absorb", "doom", "trim", "sweep"], what => Assert.True(done[what] > 0, what));
    }

    private static async Task AssertOnlyAsync(Workshop shop, IReadOnlyCollection<string> marks)
    {
        foreach (var table in MarkRows.Tables)
        {
            var rows = await shop.CountAsync($"SELECT count(*) FROM {table} WHERE project_id = @project");
            Assert.True(rows == marks.Count, $"{table}: {rows} rows, and {marks.Count} marks are seen");
        }
    }
}
