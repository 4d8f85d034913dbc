using Dendrite.SchedulerService.Sync.Running;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Sync;

/// <summary>However bad the server is, and whenever the worker dies: in the end there is exactly what the source has.
/// </summary>
public sealed class FaultySourceTests(SyncLab lab) : IClassFixture<SyncLab>
{
    private const int Items = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_faulty_server_ends_with_exactly_its_data_and_the_run_says_what_it_took(int seed)
    {
        await using var server = await FaultySource.StartAsync(seed, faults: 0.3, Items);
        var source = await SourceOfAsync(server);
        var tally = await lab.PullAsync(source);

        Assert.Equal(ValuesOf(server), await lab.ReadAsync(source.Dataset));
        Assert.Equal((Items, 0, 1.0), (tally.New, tally.DeadLetters, tally.SuccessRatio));
        Assert.Equal(server.Requests, tally.Requests);
        Assert.Equal(server.Faults.Values.Sum(), tally.RequestRetries);
        Assert.True(server.Faults.Count >= 3, "the seed meets too few sorts of faults");
        Assert.True(tally.BatchSizes.Distinct().Count() > 2, "batches did not adapt");
        Assert.All(tally.BatchSizes, size => Assert.InRange(size, 5, 30));

        // The second run asks from the last change on, and writes nothing.
        var commits = await lab.CountCommitsAsync();
        var again = await lab.PullAsync(source);
        // The last item, and once more as its duplicate.
        Assert.Equal((2, 0), (again.Fetched, again.New + again.Changed));
        Assert.Equal(commits, await lab.CountCommitsAsync());
    }

    [Fact]
    public async Task What_changed_is_pulled_and_an_item_that_is_wrong_keeps_nothing_else_back()
    {
        await using var server = await FaultySource.StartAsync(7, faults: 0, Items);
        var source = await SourceOfAsync(server);
        await lab.PullAsync(source);
        server.Change("i0005", "no number", Items + 10);
        server.Change("new", "-1", Items + 11);
        var first = await lab.PullAsync(source);
        Assert.Equal((1, 0, 1), (first.New, first.Changed, first.DeadLetters));
        server.Change("i0005", "5.50", Items + 12);
        var second = await lab.PullAsync(source);
        Assert.Equal((0, 1, 0), (second.New, second.Changed, second.DeadLetters));
        Assert.Equal(ValuesOf(server), await lab.ReadAsync(source.Dataset));
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Killed_at_random_points_it_goes_on_without_doing_finished_work_again(int seed)
    {
        await using var server = await FaultySource.StartAsync(seed, faults: 0.2, Items);
        var source = await SourceOfAsync(server);
        var random = new Random(seed);
        var (run, deaths) = (new Guid(seed, 0, 1, new byte[8]), 0);
        for (SyncTally? tally = null; tally is null; )
        {
            try
            {
                tally = await lab.PullAsync(source, new SyncStop(random.Next(0, 4)), run);
                // Of all its attempts.
                Assert.Equal(Items, tally.New);
                Assert.Equal(1.0, tally.SuccessRatio);
            }
            catch (WorkerDiedException)
            {
                deaths++;
            }
        }

        Assert.True(deaths >= 3, "the worker was to die more often");
        Assert.Equal(ValuesOf(server), await lab.ReadAsync(source.Dataset));
        // Each death costs the page that was fetched and not yet written, and no other.
        Assert.InRange(server.Pages.Count - server.Pages.Distinct().Count(), 0, deaths);
        Assert.Equal(server.Pages.Order(), server.Pages);
    }

    [Fact]
    public async Task A_run_that_has_ended_and_is_begun_once_more_asks_for_nothing()
    {
        await using var server = await FaultySource.StartAsync(21, faults: 0, Items);
        var source = await SourceOfAsync(server);
        var run = new Guid(21, 0, 1, new byte[8]);
        var first = await lab.PullAsync(source, run: run);
        var requests = server.Requests;
        var second = await lab.PullAsync(source, run: run);
        Assert.Equal((requests, first.New), (server.Requests, second.New));
    }

    [Fact]
    public async Task Who_begins_late_leaves_it_to_the_one_that_came_after()
    {
        await using var server = await FaultySource.StartAsync(22, faults: 0, Items);
        var source = await SourceOfAsync(server);
        var pull = lab.Scheduler.App.Services.GetRequiredService<SyncPull>();
        var slow = await lab.OpenAsync(source);
        await lab.PullAsync(source);
        await Assert.ThrowsAsync<SyncBusyException>(() => pull.RunAsync(slow, SyncLab.Token));
    }

    [Fact]
    public async Task Who_is_taken_over_from_within_keeps_nothing_more()
    {
        await using var server = await FaultySource.StartAsync(23, faults: 0, Items);
        var source = await SourceOfAsync(server, timeoutSeconds: 60);
        server.Interrupt(3, () => lab.PullAsync(source));
        await Assert.ThrowsAsync<SyncTakenOverException>(() => lab.PullAsync(source));
        Assert.Equal(ValuesOf(server), await lab.ReadAsync(source.Dataset));
    }

    private static SortedDictionary<string, string> ValuesOf(FaultySource server) =>
        new(server.Items.ToDictionary(item => item.Key, item => item.Value.Value), StringComparer.Ordinal);

    private async Task<SyncSource> SourceOfAsync(FaultySource server, double timeoutSeconds = 0.8) =>
        await lab.CreateSourceAsync(
            new()
            {
                Dataset = await lab.CreateDatasetAsync(),
                Http = new()
                {
                    Url = server.Url,
                    Format = HttpFormat.Json,
                    ItemsPointer = "/data/items",
                    CursorPointer = "/next",
                },
                Incremental = new() { ChangedField = "updated_at" },
                Limits = new()
                {
                    MinBatchItems = 5,
                    MaxBatchItems = 30,
                    MaxItemAttempts = 20,
                    RequestTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(timeoutSeconds)),
                },
            }
        );
}
