using System.Collections.Concurrent;
using Dendrite.SchedulerService.Sync.Running;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class BackfillTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private static readonly DateTimeOffset From = new(2024, 1, 15, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Until = new(2024, 7, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_range_is_pulled_month_by_month_and_the_operation_says_what_came()
    {
        await using var server = await MonthServer.StartAsync();
        var source = await SourceOfAsync(server, months: 3);
        var request = new BackfillSyncRequest
        {
            Name = source.Name,
            Range = new() { StartTime = From.ToTimestamp(), EndTime = Until.ToTimestamp() },
            RequestId = "0b8f6f4e-3f3f-4bb8-8d0e-2f6f6d1c0a11",
        };
        var begun = await lab.Sync.BackfillSyncAsync(request, lab.Key);
        var done = await lab.WaitAsync(begun.Operation);
        Assert.Equal(OperationState.Succeeded, done.State);
        var report = done.Response.Unpack<SyncReport>();
        Assert.Equal((6, 6, 1.0, 6), (report.FetchedItems, report.NewRecords, report.SuccessRatio, report.Requests));
        Assert.Equal(
            [
                "2024-01-15T00:00:00Z 2024-02-01T00:00:00Z",
                "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z",
                "2024-03-01T00:00:00Z 2024-04-01T00:00:00Z",
                "2024-04-01T00:00:00Z 2024-05-01T00:00:00Z",
                "2024-05-01T00:00:00Z 2024-06-01T00:00:00Z",
                "2024-06-01T00:00:00Z 2024-07-01T00:00:00Z",
            ],
            server.Ranges.Order()
        );
        Assert.InRange(server.MostAtOnce, 1, 3);
        Assert.Equal(6, (await lab.ReadAsync(source.Dataset)).Count);
        var again = await lab.Sync.BackfillSyncAsync(request, lab.Key);
        Assert.Equal(begun.Operation.Name, again.Operation.Name);
        Assert.Equal(6, server.Ranges.Count);
        // What is pulled by and by begins where it would have without.
        var kept = (await lab.Sync.GetSyncSourceAsync(new() { Name = source.Name }, lab.Key)).SyncSource;
        Assert.Null(kept.Checkpoint);
    }

    [Fact]
    public async Task A_backfill_that_was_stopped_asks_for_no_month_that_is_done()
    {
        await using var server = await MonthServer.StartAsync();
        var source = await SourceOfAsync(server, months: 1);
        var backfill = lab.Scheduler.App.Services.GetRequiredService<SyncBackfill>();
        var run = new Guid(61, 0, 1, new byte[8]);
        var (deaths, fetched) = (0, 0L);
        while (fetched == 0)
        {
            try
            {
                var work = await lab.OpenAsync(source, new SyncStop(3), run);
                fetched = (await backfill.RunAsync(work, From, Until, SyncLab.Token)).Fetched;
            }
            catch (WorkerDiedException)
            {
                deaths++;
            }
        }

        Assert.True(deaths > 0);
        Assert.Equal(6, fetched);
        Assert.InRange(server.Ranges.Count, 6, 6 + deaths);
        Assert.Equal(6, (await lab.ReadAsync(source.Dataset)).Count);

        // The same operation begun once more has nothing to do; another one pulls anew.
        var asked = server.Ranges.Count;
        await backfill.RunAsync(await lab.OpenAsync(source, run: run), From, Until, SyncLab.Token);
        Assert.Equal(asked, server.Ranges.Count);
        var other = await backfill.RunAsync(await lab.OpenAsync(source), From, Until, SyncLab.Token);
        Assert.Equal((asked + 6, 6), (server.Ranges.Count, other.Unchanged));
    }

    [Fact]
    public async Task While_a_backfill_goes_on_no_sync_does()
    {
        await using var server = await MonthServer.StartAsync();
        server.Hold();
        var source = await SourceOfAsync(server, months: 1);
        var request = new BackfillSyncRequest
        {
            Name = source.Name,
            Range = new() { StartTime = From.ToTimestamp(), EndTime = From.AddDays(1).ToTimestamp() },
        };
        var begun = await lab.Sync.BackfillSyncAsync(request, lab.Key);
        await SchedulerFixture.UntilAsync(() => Task.FromResult(!server.Ranges.IsEmpty));
        await Assert.ThrowsAsync<SyncBusyException>(() => lab.PullAsync(source));
        server.Release();
        Assert.Equal(OperationState.Succeeded, (await lab.WaitAsync(begun.Operation)).State);
        Assert.Equal(1, (await lab.PullAsync(source)).Fetched);
    }

    [Fact]
    public async Task A_backfill_from_PostgreSQL_takes_the_range_and_its_first_instant()
    {
        await using var made = lab.Database.Owner.CreateCommand(
            """
            CREATE TABLE IF NOT EXISTS public.visit AS
            SELECT 'v' || n AS id, timestamptz '2024-01-01 00:00Z' + n * interval '1 day' AS updated_at
            FROM generate_series(0, 100) AS n
            """
        );
        await made.ExecuteNonQueryAsync(SyncLab.Token);
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Postgres = new()
                {
                    ConnectionSecret = "database",
                    Query = "SELECT id, updated_at FROM public.visit WHERE updated_at > $1",
                },
                Incremental = new() { ChangedField = "updated_at" },
            }
        );
        var backfill = lab.Scheduler.App.Services.GetRequiredService<SyncBackfill>();
        var (from, until) = (From, new DateTimeOffset(2024, 3, 1, 0, 0, 0, TimeSpan.Zero));
        var tally = await backfill.RunAsync(await lab.OpenAsync(source), from, until, SyncLab.Token);
        var ids = (await lab.ReadAsync(source.Dataset, "id")).Keys.Select(id => int.Parse(id[1..], null)).Order();
        Assert.Equal(Enumerable.Range(14, 46), ids);
        Assert.Equal(46, tally.Fetched);
    }

    [Fact]
    public async Task A_source_that_cannot_be_asked_for_a_range_is_refused()
    {
        await using var site = await TestSite.StartAsync(context => Task.CompletedTask);
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = $"{site.Address}?since={{since}}", Format = HttpFormat.Json },
                Incremental = new() { ChangedField = "updated_at" },
            }
        );
        var request = new BackfillSyncRequest
        {
            Name = source.Name,
            Range = new() { StartTime = From.ToTimestamp(), EndTime = Until.ToTimestamp() },
        };
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () =>
            await lab.Sync.BackfillSyncAsync(request, lab.Key)
        );
        Assert.Contains("{until}", refused.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<SyncSource> SourceOfAsync(MonthServer server, int months) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = server.Url, Format = HttpFormat.Json },
                Incremental = new() { ChangedField = "updated_at" },
                Limits = new() { MaxConcurrentMonths = months },
            }
        );

    /// <summary>Has one item for whatever range it is asked.</summary>
    private sealed class MonthServer : IAsyncDisposable
    {
        private readonly Lock gate = new();
        private TestSite? site;
        private TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int now;

        public ConcurrentQueue<string> Ranges { get; } = new();

        public int MostAtOnce { get; private set; }

        public string Url => $"{site!.Address}?a={{since}}&b={{until}}";

        public static async Task<MonthServer> StartAsync()
        {
            var server = new MonthServer();
            server.site = await TestSite.StartAsync(server.AnswerAsync);
            return server;
        }

        public MonthServer() => held.SetResult();

        public void Hold() => held = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => held.SetResult();

        public ValueTask DisposeAsync() => site!.DisposeAsync();

        private async Task AnswerAsync(HttpContext context)
        {
            lock (gate)
                MostAtOnce = Math.Max(MostAtOnce, ++now);
            var (from, until) = (context.Request.Query["a"].ToString(), context.Request.Query["b"].ToString());
            Ranges.Enqueue($"{from} {until}");
            await held.Task;
            await context.Response.WriteAsync($"[{{\"id\":\"{from}\",\"updated_at\":\"{from}\"}}]", SyncLab.Token);
            lock (gate)
                now--;
        }
    }
}
