using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>Branches and datasets that are others than those that a source was pulled into.</summary>
public sealed class RenewedTargetTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private const string First = "{\"id\":\"a\",\"value\":1,\"updated_at\":\"2026-01-01T00:00:00Z\"}";
    private const string Second = "{\"id\":\"b\",\"value\":2,\"updated_at\":\"2026-01-02T00:00:00Z\"}";
    private const string Bad = "{\"id\":\"c\",\"value\":\"x\",\"updated_at\":\"2026-01-01T00:00:00Z\"}";

    private static CancellationToken Token => SyncLab.Token;

    [Fact]
    public async Task A_dataset_that_is_made_anew_gets_all_again()
    {
        await using var site = await StartAsync();
        var source = await SourceOfAsync(site);
        Assert.Equal(2, (await lab.PullAsync(source)).New);
        Assert.Equal(0, (await lab.PullAsync(source)).Fetched);

        await lab.Datasets.DeleteDatasetAsync(new() { Name = source.Dataset }, lab.Key);
        await lab.CreateDatasetAsync(id: source.Dataset[(source.Dataset.LastIndexOf('/') + 1)..]);
        var preview = await lab.Sync.PreviewSyncAsync(new() { Name = source.Name }, lab.Key);
        Assert.Equal(2, preview.Report.NewRecords);
        var stop = new SyncStop(int.MaxValue);
        Assert.Equal(2, (await lab.PullAsync(source, stop)).New);
        Assert.Contains(stop.Notes, note => note.Contains("made anew", StringComparison.Ordinal));
        Assert.Equal(["a", "b"], (await lab.ReadAsync(source.Dataset)).Keys);
        Assert.Equal(0, (await lab.PullAsync(source)).Fetched);
    }

    [Fact]
    public async Task A_branch_that_was_reset_to_before_a_sync_gets_all_again()
    {
        await using var site = await StartAsync();
        var source = await SourceOfAsync(site);
        var before = await lab.HeadAsync();
        Assert.Equal(2, (await lab.PullAsync(source)).New);
        await lab.ResetAsync(before);
        Assert.Empty(await lab.ReadAsync(source.Dataset));
        Assert.Equal(2, (await lab.PullAsync(source)).New);
        Assert.Equal(["a", "b"], (await lab.ReadAsync(source.Dataset)).Keys);
    }

    [Fact]
    public async Task What_was_pulled_before_it_was_noted_into_what_is_pulled_again_once()
    {
        await using var site = await StartAsync();
        var source = await SourceOfAsync(site);
        Assert.Equal(2, (await lab.PullAsync(source)).New);
        await lab.ExecuteAsync(
            $"UPDATE scheduling.sync_progress SET place = place - 'line' WHERE target = '{source.Dataset}'"
        );

        var stop = new SyncStop(int.MaxValue);
        var again = await lab.PullAsync(source, stop);

        Assert.Equal((2, 0), (again.Fetched, again.New));
        Assert.Contains(stop.Notes, note => note.Contains("may have been made anew", StringComparison.Ordinal));
        Assert.Equal(0, (await lab.PullAsync(source)).Fetched);
    }

    [Fact]
    public async Task What_waited_for_a_dataset_that_is_gone_waits_no_more()
    {
        await using var site = await StartAsync(Bad);
        var source = await SourceOfAsync(site);
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new SyncStop(1)));
        Assert.Equal(1, await CountLettersAsync(source));
        await lab.Datasets.DeleteDatasetAsync(new() { Name = source.Dataset }, lab.Key);
        await lab.CreateDatasetAsync(id: source.Dataset[(source.Dataset.LastIndexOf('/') + 1)..]);
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new SyncStop(0)));
        Assert.Equal(0, await CountLettersAsync(source));
        var tally = await lab.PullAsync(source);
        Assert.Equal((2, 1), (tally.New, tally.DeadLetters));
    }

    [Fact]
    public async Task A_backfill_pulls_months_again_that_went_into_another_branch()
    {
        await using var site = await StartAsync();
        var source = await SourceOfAsync(site);
        await BackfillAsync(source);
        // As one that was stopped after its last month.
        await lab.ExecuteAsync("DELETE FROM scheduling.sync_progress WHERE part = '' AND backfill <> ''");
        await lab.Datasets.DeleteDatasetAsync(new() { Name = source.Dataset }, lab.Key);
        await lab.CreateDatasetAsync(id: source.Dataset[(source.Dataset.LastIndexOf('/') + 1)..]);
        await BackfillAsync(source);
        Assert.Equal(["a", "b"], (await lab.ReadAsync(source.Dataset)).Keys);
    }

    private async Task BackfillAsync(SyncSource source)
    {
        var request = new BackfillSyncRequest
        {
            Name = source.Name,
            Range = new()
            {
                StartTime = Timestamp.FromDateTimeOffset(new(2026, 1, 1, 0, 0, 0, default)),
                EndTime = Timestamp.FromDateTimeOffset(new(2026, 2, 1, 0, 0, 0, default)),
            },
        };
        var operation = (await lab.Sync.BackfillSyncAsync(request, lab.Key)).Operation;
        Assert.Null((await lab.WaitAsync(operation)).Error);
    }

    private async Task<long> CountLettersAsync(SyncSource source)
    {
        await using var count = lab.Database.Owner.CreateCommand(
            "SELECT count(*) FROM scheduling.sync_dead_letter WHERE target = $1"
        );
        count.Parameters.Add(new() { Value = source.Dataset });
        return (long)(await count.ExecuteScalarAsync(Token))!;
    }

    /// <summary>A source that gives nothing where it is asked from its last value on.</summary>
    private static Task<TestSite> StartAsync(params string[] more) =>
        TestSite.StartAsync(context =>
        {
            var since = context.Request.Query["since"].ToString();
            var isAll = string.CompareOrdinal(since, "2026-01-02") < 0;
            var items = isAll ? string.Join(',', [First, Second, .. more]) : "";
            return context.Response.WriteAsync($"[{items}]", Token);
        });

    private async Task<SyncSource> SourceOfAsync(TestSite site) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = $"{site.Address}?since={{since}}&until={{until}}", Format = HttpFormat.Json },
                Incremental = new() { ChangedField = "updated_at" },
            }
        );
}
