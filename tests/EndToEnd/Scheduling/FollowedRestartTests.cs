using Dendrite.Fixtures;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>The scheduler is killed and started again while people look on.</summary>
public sealed class FollowedRestartTests(ExperimentPlatform platform) : IClassFixture<ExperimentPlatform>
{
    private const string Lost = "The connection was lost; trying again.";
    private const StringComparison Ordinal = StringComparison.Ordinal;

    [Fact]
    public async Task Whoever_follows_an_experiment_or_its_log_does_so_through_a_restart_of_the_scheduler()
    {
        await platform.DeclareAsync("followed");
        var scheduler = platform.Schedulers[0];
        await using var experiment = Begin("experiment", "run", "followed", "--value", "purpose=followed");
        experiment.Start();
        await SchedulerReplicas.UntilAsync(() => Task.FromResult(experiment.Log.Contains("record", Ordinal)));
        var id = experiment.Log.Split('\n')[0]["run ".Length..].Trim();
        await using var log = Begin("job", "log", id, "--follow");
        log.Start();
        await SchedulerReplicas.UntilAsync(() => Task.FromResult(log.Log.Contains("'record'", Ordinal)));

        await scheduler.KillAsync();
        foreach (var follower in new[] { experiment, log })
            await SchedulerReplicas.UntilAsync(() => Task.FromResult(follower.Log.Contains(Lost, Ordinal)));
        await scheduler.StartAsync();
        await platform.FinishStreamAsync($"projects/lab/branches/night-followed-v1");
        foreach (var follower in new[] { experiment, log })
        {
            await SchedulerReplicas.UntilAsync(() => Task.FromResult(follower.HasEnded));
            Assert.DoesNotContain("error", follower.Log, Ordinal);
        }

        Assert.Contains($"run {id}: succeeded", experiment.Log, Ordinal);
        Assert.Equal(2, log.Log.Split("'name' is done").Length);
    }

    /// <summary>A command that knows one of the schedulers.</summary>
    private ServiceProcess Begin(params string[] arguments) =>
        new(
            "Cli",
            "dendrite",
            new Dictionary<string, string>
            {
                ["DENDRITE_API_KEY"] = Platform.Key,
                ["DENDRITE_PROJECT"] = "lab",
                ["DENDRITE_BRANCH_URL"] = platform.BranchAddress,
                ["DENDRITE_INGEST_URL"] = platform.BranchAddress,
                ["DENDRITE_COMPARISON_URL"] = platform.BranchAddress,
                ["DENDRITE_SCHEDULER_URL"] = platform.Schedulers[0].Address,
            }
        )
        {
            Arguments = arguments,
        };
}
