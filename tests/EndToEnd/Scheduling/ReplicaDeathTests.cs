using Dendrite.V1;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>
/// Replicas are killed and put to sleep while they work: every run goes to its end, once, and a sleeper that wakes
/// changes nothing.
/// </summary>
public sealed class ReplicaDeathTests(SchedulerReplicas scheduler) : IClassFixture<SchedulerReplicas>
{
    private const int JobsPerReplica = 6;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whichever_replica_is_killed_its_runs_go_to_their_end_elsewhere_once()
    {
        var runs = new List<Run>();
        for (var victim = 0; victim < SchedulerReplicas.Count; victim++)
        {
            var replica = scheduler.Replicas[victim];
            var begun = await BeginAsync(replica, $"killed-{victim}");
            await replica.KillAsync();
            var witness = scheduler.Replicas[(victim + 1) % SchedulerReplicas.Count];
            runs.AddRange(await CutOffAsync(witness, begun.Mine));
            foreach (var run in begun.All)
                await EndedAsync(witness, run.Name);
            await replica.StartAsync();
        }

        Assert.NotEmpty(runs);
        foreach (var run in runs)
        {
            var ended = await EndedAsync(scheduler.Replicas[0], run.Name);
            Assert.Equal(RunState.Succeeded, ended.State);
            Assert.Equal(2, ended.Attempts.Count);
            Assert.Contains("went away", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
            Assert.Null(ended.Attempts[1].Error);
            Assert.NotEqual(ended.Attempts[0].Worker, ended.Attempts[1].Worker);
            Assert.True(ended.Attempts[0].FencingToken < ended.Attempts[1].FencingToken);
        }

        // Each was counted once, by whoever ended it.
        Assert.Equal(
            0,
            await scheduler.CountAsync(
                """
                SELECT count(*) FROM scheduling.job
                WHERE name LIKE 'killed-%' AND (started_count, succeeded_count, failed_count) <> (1, 1, 0)
                """
            )
        );
    }

    [Fact]
    public async Task A_replica_that_sleeps_through_its_lease_finds_its_run_taken_over_and_changes_nothing()
    {
        var (sleeper, other) = (scheduler.Replicas[0], scheduler.Replicas[1]);
        var run = (await BeginAsync(sleeper, "slept")).Mine[0];
        var job = run.Name.Split('/')[3];
        await sleeper.SignalAsync("STOP");
        Run ended;
        try
        {
            ended = await EndedAsync(other, run.Name);
        }
        finally
        {
            await sleeper.SignalAsync("CONT");
        }

        Assert.Equal((RunState.Succeeded, 2), (ended.State, ended.Attempts.Count));
        await SchedulerReplicas.UntilAsync(() =>
            Task.FromResult(sleeper.Log.Contains("was taken over by another replica", StringComparison.Ordinal))
        );
        // It works again, and the run is as the other one left it.
        Assert.Equal(ended, await EndedAsync(sleeper, run.Name));
        Assert.Equal(1, await scheduler.CountAsync($"SELECT succeeded_count FROM scheduling.job WHERE name = '{job}'"));
    }

    /// <summary>
    /// Jobs of which this replica runs some. It is nudged when it is asked, but whoever looks first takes a run, and on
    /// a busy machine all of a handful may have gone to others or have ended: then more are begun.
    /// </summary>
    private async Task<(IReadOnlyList<Run> Mine, IReadOnlyList<Run> All)> BeginAsync(
        PlatformService replica,
        string prefix
    )
    {
        var (mine, all) = (new List<Run>(), new List<Run>());
        await SchedulerReplicas.UntilAsync(async () =>
        {
            var runs = await RunAsync(replica, prefix, all.Count);
            all.AddRange(runs);
            foreach (var run in runs)
            {
                var begun = await BegunAsync(replica, run.Name);
                if (
                    begun.State is RunState.Running
                    && begun.Attempts[0].Worker.EndsWith($"/{replica.ProcessId}", StringComparison.Ordinal)
                )
                    mine.Add(begun);
            }

            return mine.Count > 0;
        });
        return (mine, all);
    }

    /// <summary>Asks a replica to run some jobs, numbered from a number on.</summary>
    private async Task<IReadOnlyList<Run>> RunAsync(PlatformService replica, string prefix, int first)
    {
        var client = scheduler.Client(replica);
        var runs = new List<Run>();
        for (var i = first; i < first + JobsPerReplica; i++)
        {
            await client.CreateJobAsync(
                new()
                {
                    Parent = "projects/lab",
                    JobId = $"{prefix}-{i}",
                    Job = new() { Task = new() { Maintenance = new() } },
                },
                SchedulerReplicas.Headers,
                cancellationToken: Token
            );
            var begun = await client.RunJobAsync(
                new() { Name = $"projects/lab/jobs/{prefix}-{i}" },
                SchedulerReplicas.Headers,
                cancellationToken: Token
            );
            runs.Add(begun.Run);
        }

        return runs;
    }

    /// <summary>A run, once some replica has begun it.</summary>
    private async Task<Run> BegunAsync(PlatformService replica, string name)
    {
        var client = scheduler.Client(replica);
        Run? run = null;
        await SchedulerReplicas.UntilAsync(async () =>
        {
            run = (await client.GetRunAsync(new() { Name = name }, SchedulerReplicas.Headers)).Run;
            return run.Attempts.Count > 0;
        });
        return run!;
    }

    /// <summary>Of the runs of a replica that was killed, those that had not ended by themselves.</summary>
    private async Task<IReadOnlyList<Run>> CutOffAsync(PlatformService witness, IReadOnlyList<Run> runs)
    {
        var client = scheduler.Client(witness);
        var cutOff = new List<Run>();
        foreach (var run in runs)
        {
            var now = (await client.GetRunAsync(new() { Name = run.Name }, SchedulerReplicas.Headers)).Run;
            if (now.EndTime is null)
                cutOff.Add(now);
        }

        return cutOff;
    }

    private async Task<Run> EndedAsync(PlatformService replica, string name)
    {
        var client = scheduler.Client(replica);
        Run? run = null;
        await SchedulerReplicas.UntilAsync(async () =>
        {
            run = (await client.GetRunAsync(new() { Name = name }, SchedulerReplicas.Headers)).Run;
            return run.EndTime is not null;
        });
        return run!;
    }
}
