using Dendrite.SchedulerService.Sync.Running;
using Dendrite.SchedulerService.Tests.Outbound;
using Dendrite.V1;
using Microsoft.AspNetCore.Http;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Tests.Sync;

public sealed class MissingRecordsTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private static CancellationToken Token => SyncLab.Token;

    [Fact]
    public async Task A_run_that_goes_on_with_a_stopped_one_deletes_nothing_where_that_met_an_item_without_a_key()
    {
        var people = await lab.CreateDatasetAsync();
        var document = "[{\"id\":\"a\",\"name\":\"kept\"}]";
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(document, Token));
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await CreateVisitsAsync(people),
                Http = new() { Url = site.Address.ToString(), Format = HttpFormat.Json },
                Incremental = new() { DeleteMissing = true },
            }
        );
        await lab.PullAsync(source);

        // More than one page of the second round is refused; the item without its key is settled with the first.
        var refused = Enumerable.Range(0, 150).Select(i => $"{{\"id\":\"r{i}\",\"person\":\"nobody\"}}");
        document = $"[{{\"name\":\"kept\"}},{string.Join(',', refused)}]";
        await Assert.ThrowsAsync<WorkerDiedException>(() => lab.PullAsync(source, new StopAtSecondPage()));
        var tally = await lab.PullAsync(source);

        Assert.Equal(0, tally.Deleted);
        Assert.Equal(["a"], (await lab.ReadAsync(source.Dataset, "name")).Keys);
    }

    [Fact]
    public async Task What_was_seen_is_forgotten_when_all_was_read()
    {
        var document = "[{\"id\":\"a\"},{\"id\":\"b\"}]";
        await using var site = await TestSite.StartAsync(context => context.Response.WriteAsync(document, Token));
        var source = await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new() { Url = site.Address.ToString(), Format = HttpFormat.Json },
                Incremental = new() { DeleteMissing = true },
            }
        );
        await lab.PullAsync(source);
        document = "[{\"id\":\"b\"}]";
        Assert.Equal(1, (await lab.PullAsync(source)).Deleted);
        await using var count = lab.Database.Owner.CreateCommand(
            "SELECT count(*) FROM scheduling.sync_seen WHERE target = $1"
        );
        count.Parameters.Add(new() { Value = source.Dataset });
        Assert.Equal(0L, await count.ExecuteScalarAsync(Token));
    }

    private Task<string> CreateVisitsAsync(string people) =>
        lab.CreateDatasetAsync(dataset =>
        {
            dataset.Columns.Add(new Column { Column_ = "person", Type = ColumnType.Text });
            dataset.Constraints.Add(
                new Constraint
                {
                    Constraint_ = "of_person",
                    Reference = new() { Columns = { "person" }, DatasetId = people[(people.LastIndexOf('/') + 1)..] },
                }
            );
        });

    /// <summary>Lets the first page of the second round be settled, and no more.</summary>
    private sealed class StopAtSecondPage : ISyncControl
    {
        private int pages;

        public void ThrowIfLost() { }

        public void Tell(string step, long done)
        {
            if (step == "trying again what failed" && ++pages == 2)
                throw new WorkerDiedException();
        }

        public void Log(LogLevel level, string message) { }
    }
}
