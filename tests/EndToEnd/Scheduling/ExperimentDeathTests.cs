using Dendrite.V1;

namespace Dendrite.EndToEnd.Scheduling;

/// <summary>The scheduler that runs experiments is killed within them: the other one ends them, once.</summary>
public sealed class ExperimentDeathTests(ExperimentPlatform platform) : IClassFixture<ExperimentPlatform>
{
    private const string Lab = "projects/lab";
    private const int Experiments = 4;

    [Fact]
    public async Task Experiments_whose_scheduler_is_killed_go_on_at_their_step_elsewhere_and_nothing_is_done_twice()
    {
        await platform.DeclareAsync("night");
        var runs = new List<string>();
        for (var i = 0; i < Experiments; i++)
            runs.Add(await BeginAsync($"p{i}"));
        foreach (var run in runs)
            await UntilAsync(platform.Schedulers[0], run, now => StateOf(now, "record") == "running");

        await platform.Schedulers[0].KillAsync();
        // The gateways know nothing of it.
        for (var i = 0; i < Experiments; i++)
            await platform.FinishStreamAsync($"{Lab}/branches/night-p{i}-v1");
        var survivor = platform.Schedulers[1];
        foreach (var run in runs)
        {
            var ended = await UntilAsync(survivor, run, now => now.EndTime is not null);
            Assert.True(ended.State is RunState.Succeeded, $"{ended}\n{survivor.Log}");
        }

        Assert.Equal(
            Experiments,
            await CountAsync("branching.branch WHERE labels ? 'run' AND experiment_state = 'completed'")
        );
        Assert.Equal(Experiments, await CountAsync("branching.tag"));
        foreach (var method in new[] { "CreateBranch", "CreateTag", "MergeBranch" })
            Assert.Equal(Experiments, await CountAsync($"branching.audit_entry WHERE method = '{method}'"));
        // That it runs, and that it is completed.
        Assert.Equal(2 * Experiments, await CountAsync("branching.audit_entry WHERE method = 'SetExperimentState'"));
        await platform.Schedulers[0].StartAsync();
    }

    private async Task<string> BeginAsync(string purpose)
    {
        var request = new RunWorkflowRequest
        {
            Name = $"{Lab}/workflows/night",
            TemplateValues = { ["purpose"] = purpose },
        };
        var workflows = platform.Workflows(platform.Schedulers[0]);
        return (await workflows.RunWorkflowAsync(request, ExperimentPlatform.Headers)).Run.Name;
    }

    private async Task<Run> UntilAsync(PlatformService scheduler, string run, Func<Run, bool> holds)
    {
        var jobs = platform.Jobs(scheduler);
        Run? now = null;
        await SchedulerReplicas.UntilAsync(async () =>
        {
            now = (await jobs.GetRunAsync(new() { Name = run }, ExperimentPlatform.Headers)).Run;
            return holds(now);
        });
        return now!;
    }

    private static string StateOf(Run run, string step) =>
        run.Report?.Fields.TryGetValue("steps", out var steps) == true
            ? steps
                .ListValue.Values.Select(value => value.StructValue.Fields)
                .Where(fields => fields["step"].StringValue == step)
                .Select(fields => fields["state"].StringValue)
                .FirstOrDefault("")
            : "";

    private Task<long> CountAsync(string what) => platform.CountAsync($"SELECT count(*) FROM {what}");
}
