using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Runs;

public sealed class ReplicaTests
{
    private static readonly DateTimeOffset Past = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Two_replicas_run_each_time_of_the_schedule_once()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var everySecond = new Dictionary<string, string?> { ["Scheduler:RetentionCron"] = "* * * * * ?" };
        var client = await fixture.ReadyClientAsync(everySecond);
        await fixture.AddReplicaAsync(everySecond);
        IReadOnlyList<Run> runs = [];
        await SchedulerFixture.UntilAsync(async () =>
        {
            var page = await client.ListRunsAsync(
                new ListRunsRequest { Parent = SchedulerFixture.Job },
                fixture.Headers
            );
            runs = page.Runs;
            return runs.Count(run => run.State is RunState.Succeeded) >= 5;
        });
        Assert.All(runs, run => Assert.Equal(RunTrigger.Schedule, run.Trigger));
        Assert.Equal(runs.Count, runs.Select(run => run.ScheduledTime).Distinct().Count());
    }

    [Fact]
    public async Task A_stopping_replica_gives_its_run_back_and_another_ends_it()
    {
        await using var fixture = await SchedulerFixture.StartAsync();
        var settings = new Dictionary<string, string?> { ["Scheduler:ReconcileInterval"] = "00:00:00.2" };
        var stopping = await fixture.AddReplicaAsync(settings);
        var client = fixture.Client(stopping);
        await SchedulerFixture.UntilAsync(async () =>
            (await client.ListJobsAsync(new ListJobsRequest { Parent = "projects/lab" }, fixture.Headers)).Jobs.Count
            > 0
        );
        fixture.Branches.Add("expired", Past);
        var begun = new TaskCompletionSource();
        fixture.Branches.BeforeDelete = async (_, context) =>
        {
            if (begun.TrySetResult())
                await Task.Delay(Timeout.Infinite, context.CancellationToken);
        };
        var run = (await client.RunJobAsync(new RunJobRequest { Name = SchedulerFixture.Job }, fixture.Headers)).Run;
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30), SchedulerFixture.Token);
        await stopping.App.StopAsync(SchedulerFixture.Token);

        var other = fixture.Client(await fixture.AddReplicaAsync(settings));
        var ended = await fixture.EndAsync(other, run.Name);
        Assert.Equal(RunState.Succeeded, ended.State);
        Assert.Equal(1, ended.Results["branches_deleted"]);
        Assert.Contains("stopped", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
    }
}
