using Dendrite.Contracts.Names;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Runs that wait for something where as many wait already as may.</summary>
public sealed class WorkflowRestTests : IClassFixture<WorkflowLab>
{
    private readonly WorkflowLab lab;

    public WorkflowRestTests(WorkflowLab lab)
    {
        this.lab = lab;
        lab.Scheduler.App.Services.GetRequiredService<IOptions<SchedulerOptions>>().Value.MaxRestingRuns = 0;
    }

    [Fact]
    public async Task A_run_that_finds_no_place_to_wait_ends_when_it_comes_again_and_what_it_waited_for_is_there()
    {
        var workflow = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            },
            new() { StepId = "check", Checks = new() },
        ]);
        var (run, purpose) = await lab.BeginAsync(workflow);
        await ComesAgainAsync(run);
        Assert.Equal("running", WorkflowLab.StatesOf(await lab.GetRunAsync(run))["record"]);
        // As if the clock had been ahead when the step began.
        await lab.CountAsync(
            $"""
            WITH ahead AS (
                UPDATE scheduling.workflow_run
                SET state = jsonb_set(state, ARRAY['steps', '1', 'startTime'], '"2999-01-01T00:00:00Z"')
                WHERE run_id = '{RunName.Parse(run).Run}' RETURNING 1
            ) SELECT 1 / count(*) FROM ahead
            """
        );

        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        var now = await lab.GetRunAsync(run);
        // More than once: the checks are waited for, too.
        for (var times = 0; now.EndTime is null && times < 50; times++)
        {
            await ComesAgainAsync(run);
            now = await lab.GetRunAsync(run);
        }

        Assert.True(now.State is RunState.Succeeded, $"{now}");
        Assert.All(WorkflowLab.StatesOf(now), step => Assert.Equal("succeeded", step.Value));
    }

    /// <summary>Waits until the run was given back or has ended, and has it taken again at once.</summary>
    private Task ComesAgainAsync(string run) =>
        SchedulerFixture.UntilAsync(async () =>
        {
            var id = Guid.Parse(RunName.Parse(run).Run);
            var given = await lab.CountAsync(
                $"""
                WITH soon AS (
                    UPDATE scheduling.job_run SET ready_time = now() - interval '1 second'
                    WHERE run_id = '{id}' AND state = 'waiting' AND ready_time > now() RETURNING 1
                ) SELECT count(*) FROM soon
                """
            );
            return given > 0 || (await lab.GetRunAsync(run)).EndTime is not null;
        });
}
