using Dendrite.SchedulerService.Tests.Sync;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.EndToEnd.Scheduling.Kills;

/// <summary>
/// A sync from a server with every fault there is, whose replicas are killed in the midst of it: in the end there is
/// exactly what the source has, and nothing that was finished was done again.
/// </summary>
[Collection<NightShiftCollection>]
public sealed class KilledSyncTests(NightShift night)
{
    private readonly NightData data = new(night);

    /// <summary>Pages between two kills at most, of up to 30 items each: some stay for the rest.</summary>
    private const int MostPages = 10;

    private const int ItemsPerKill = 600;
    private const double Faults = 0.2;

    [Fact]
    public async Task Killed_again_and_again_a_sync_ends_with_exactly_the_data_of_its_source()
    {
        var plan = KillPlan.FromEnvironment(task: 1);
        var items = ItemsPerKill * (plan.Kills + 1);
        await using var server = await FaultySource.StartAsync(plan.Seed, Faults, items);
        await data.ForkAsync("collected");
        var dataset = await data.CreateItemsAsync("collected");
        var source = await data.CreateSourceAsync("faulty", SourceOf(server, dataset));
        var jobs = new NightJobs(night);
        var begun = await jobs.BeginAsync("pull", new() { SyncSource = source.Name });

        var killed = await new Hangman(night).KillAsync(
            plan.List(MostPages),
            () => Task.FromResult((long)server.PageCount),
            NightJobs.WorkersOf("pull")
        );

        var run = await jobs.EndAsync(begun);
        await jobs.AssertOnceAsync(run);
        Assert.True(run.Attempts.Count > killed, $"{killed} kills, {run.Attempts.Count} attempts");
        Assert.Equal(ValuesOf(server), await data.ReadItemsAsync(dataset));
        await AssertNothingTwiceAsync(server, run.Attempts.Count - 1, items);
        AssertTold(run, server, items);
    }

    /// <summary>What was committed was committed once, and a death costs the page under way, no other.</summary>
    private async Task AssertNothingTwiceAsync(FaultySource server, int deaths, int items)
    {
        const string Rows = """
            records.row r JOIN branching.branch b USING (timeline_id) WHERE b.name = 'collected'
            """;
        Assert.Equal(items, await night.CountAsync($"SELECT count(*) FROM {Rows}"));
        Assert.Equal(items, await night.CountAsync($"SELECT count(DISTINCT r.key) FROM {Rows}"));
        Assert.Equal(server.Pages.Order(), server.Pages);
        Assert.InRange(server.Pages.Count - server.Pages.Distinct().Count(), 0, deaths);
    }

    /// <summary>The record of the run says what it took, over all its attempts.</summary>
    private static void AssertTold(Run run, FaultySource server, int items)
    {
        Assert.Equal(1_000, run.Results["success_permille"]);
        Assert.Equal(0, run.Results["dead_letters"]);
        Assert.Equal(run.Attempts.Count, run.Results["attempts"]);
        // What a dying attempt had committed and not noted was there already when it came again.
        Assert.InRange(run.Results["new_records"], items - (30 * run.Attempts.Count), items);
        Assert.InRange(run.Results["new_records"] + run.Results["unchanged_records"], items, long.MaxValue);
        Assert.InRange(run.Results["requests"], server.Pages.Distinct().Count(), server.Requests);
        Assert.InRange(run.Results["request_retries"], 1, server.Faults.Values.Sum());
        var sizes = run.Report.Fields["batchSizes"].ListValue.Values.Select(size => (int)size.NumberValue).ToList();
        Assert.True(sizes.Distinct().Count() > 2, "batches did not adapt");
        Assert.All(sizes, size => Assert.InRange(size, 5, 30));
        Assert.Equal(1.0, run.Report.Fields["report"].StructValue.Fields["successRatio"].NumberValue);
    }

    private static SyncSource SourceOf(FaultySource server, string dataset) =>
        new()
        {
            Dataset = dataset,
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
                // Longer than a busy machine is away: a page that came too late is asked for twice without any death.
                RequestTimeout = Duration.FromTimeSpan(TimeSpan.FromSeconds(2)),
            },
        };

    private static SortedDictionary<string, string> ValuesOf(FaultySource server) =>
        new(server.Items.ToDictionary(item => item.Key, item => item.Value.Value), StringComparer.Ordinal);
}
