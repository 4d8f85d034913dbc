using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Runs that end as wanted, against the real services.</summary>
public sealed class WorkflowRunTests(WorkflowLab lab) : IClassFixture<WorkflowLab>
{
    [Fact]
    public async Task An_experiment_is_forked_collected_recorded_checked_saved_completed_and_named()
    {
        var workflow = await lab.CreateAsync(WorkflowLab.Whole());
        var (run, purpose) = await lab.BeginAsync(workflow);
        var branch = WorkflowLab.BranchOf(purpose);

        await lab.UntilAsync(run, "record", "running");
        Assert.Equal(ExperimentState.Running, (await lab.GetBranchAsync(branch)).Experiment.State);
        await lab.FinishStreamAsync(branch);
        var ended = await lab.EndAsync(run);

        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        Assert.All(WorkflowLab.StatesOf(ended), step => Assert.Equal("succeeded", step.Value));
        Assert.Equal(branch, WorkflowLab.TextOf(ended, "branch"));
        Assert.Equal((7, 3), (Result(ended, "steps_done"), Result(ended, "merged_records")));
        Assert.Equal((3, 1, 1), (Result(ended, "fetched_items"), Result(ended, "streams"), Result(ended, "checks")));
        Assert.Equal(3, (await lab.ItemsOfAsync(WorkflowLab.Main)).Count);
        var made = await lab.GetBranchAsync(branch);
        Assert.Equal(
            (ExperimentState.Completed, "tester", "A night"),
            (made.Experiment.State, made.Owner, made.DisplayName)
        );
        Assert.Equal(workflow.Name.Split('/')[^1], made.Labels["workflow"]);
        Assert.EndsWith(made.Labels["run"], run, StringComparison.Ordinal);
        // The number of the branch stands in the tag, which names the branch's state.
        var tag = await lab.Tags.GetTagAsync(
            new() { Name = $"{WorkflowLab.Parent}/tags/result-{purpose}-v1" },
            lab.Key
        );
        Assert.Equal((branch, made.HeadVersion), (tag.Tag.Branch, tag.Tag.Version));
        Assert.Equal("CreateBranch 1, CreateTag 1, SetExperimentState 2, merges 1", await lab.DoneAsync(purpose));
    }

    [Fact]
    public async Task What_a_branch_saw_finished_when_it_was_forked_is_not_waited_for()
    {
        var old = await lab.Branches.CreateBranchAsync(
            new() { Parent = WorkflowLab.Parent, TemplateValues = { ["purpose"] = "old" } },
            lab.Key
        );
        await lab.FinishStreamAsync(old.Branch.Name, "of-before");
        await lab.MergeAsync(old.Branch.Name);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Waiting()));

        await lab.UntilAsync(run, "record", "running");
        await SchedulerFixture.UntilAsync(async () =>
            (await lab.GetRunAsync(run)).Progress?.Step.Contains("0 of 1", StringComparison.Ordinal) == true
        );
        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run)).State);
    }

    [Fact]
    public async Task Experiments_that_wait_take_no_place_and_others_go_on_beside_them()
    {
        var waiting = await lab.CreateAsync(Waiting());
        var quick = await lab.CreateAsync([new() { StepId = "fork", Fork = new() }]);
        // More than go on in a replica at once.
        var runs = new List<(string Run, string Purpose)>();
        for (var i = 0; i < 20; i++)
            runs.Add(await lab.BeginAsync(waiting));
        foreach (var (run, _) in runs)
            await lab.UntilAsync(run, "record", "running");

        var (other, _) = await lab.BeginAsync(quick);
        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(other)).State);
        Assert.All(await StatesAsync(runs), state => Assert.Equal(RunState.Running, state));
        // Retention leaves the branches alone.
        Assert.Equal(
            20,
            await lab.CountAsync(
                $"""
                SELECT count(*) FROM scheduling.run_branch b
                JOIN scheduling.job_run r USING (project_id, job_name, run_id)
                WHERE r.job_name = '{waiting.Name.Split('/')[^1]}' AND r.end_time IS NULL
                """
            )
        );
        foreach (var (_, purpose) in runs)
            await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        foreach (var (run, _) in runs)
            Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run)).State);
    }

    [Fact]
    public async Task A_run_keeps_to_the_workflow_as_it_was_when_it_began()
    {
        var workflow = await lab.CreateAsync([.. Waiting(), new() { StepId = "done", Complete = new() }]);
        var (run, purpose) = await lab.BeginAsync(workflow);
        await lab.UntilAsync(run, "record", "running");

        var changed = new Workflow
        {
            Name = workflow.Name,
            Steps =
            {
                new WorkflowStep { StepId = "other", Fork = new() },
            },
        };
        await lab.Workflows.UpdateWorkflowAsync(new() { Workflow = changed }, lab.Key);
        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));

        Assert.Equal(["fork", "record", "done"], WorkflowLab.StatesOf(await lab.EndAsync(run)).Keys);
        var (later, _) = await lab.BeginAsync(workflow);
        Assert.Equal(["other"], WorkflowLab.StatesOf(await lab.EndAsync(later)).Keys);
    }

    [Fact]
    public async Task A_repeated_request_is_answered_with_the_run_and_its_branch_and_begins_no_other()
    {
        var workflow = await lab.CreateAsync([new() { StepId = "fork", Fork = new() }]);
        var request = new RunWorkflowRequest
        {
            Name = workflow.Name,
            TemplateValues = { ["purpose"] = "again" },
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c09",
        };
        var first = await lab.Workflows.RunWorkflowAsync(request, lab.Key);
        Assert.Empty(first.Branch);
        await lab.EndAsync(first.Run.Name);
        // Though it has changed since, and would not take these values any more.
        var changed = new Workflow { Name = workflow.Name };
        changed.Steps.Add(new WorkflowStep { StepId = "fork", Fork = new() });
        changed.Steps.Add(new WorkflowStep { StepId = "name", TagId = "of-{site}" });
        await lab.Workflows.UpdateWorkflowAsync(new() { Workflow = changed }, lab.Key);

        var second = await lab.Workflows.RunWorkflowAsync(request, lab.Key);
        Assert.Equal((first.Run.Name, WorkflowLab.BranchOf("again")), (second.Run.Name, second.Branch));
        var runs = await lab.Jobs.ListRunsAsync(
            new() { Parent = $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}" },
            lab.Key
        );
        Assert.Equal([first.Run.Name], runs.Runs.Select(run => run.Name));
    }

    [Fact]
    public async Task Two_steps_may_pull_one_source_and_two_runs_at_once_wait_for_each_other()
    {
        var workflow = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new() { StepId = "first", SyncSource = WorkflowLab.Source },
            new() { StepId = "second", SyncSource = WorkflowLab.Source },
        ]);
        var runs = new List<string>();
        for (var i = 0; i < 3; i++)
            runs.Add((await lab.BeginAsync(workflow)).Run);
        foreach (var run in runs)
        {
            var ended = await lab.EndAsync(run);
            Assert.True(ended.State is RunState.Succeeded, $"{ended}");
            Assert.Equal(6, Result(ended, "fetched_items"));
        }
    }

    [Fact]
    public async Task A_dry_run_says_what_each_step_would_do_and_makes_nothing()
    {
        var workflow = await lab.CreateAsync([
            .. WorkflowLab
                .Whole()
                .Select(step =>
                    step.Fork is null
                        ? step
                        : new WorkflowStep
                        {
                            StepId = "fork",
                            Fork = new() { TemplateValues = { ["purpose"] = "dry" } },
                        }
                ),
        ]);
        var job = $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}";
        var begun = await lab.Jobs.RunJobAsync(new() { Name = job, DryRun = true }, lab.Key);
        var ended = await lab.EndAsync(begun.Run.Name);

        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        var would = WorkflowLab.StepsOf(ended).Select(step => step["would"].StringValue).ToList();
        Assert.Equal(7, would.Count);
        Assert.Contains(
            $"fork {WorkflowLab.BranchOf("dry")} from {WorkflowLab.Main}",
            would[0],
            StringComparison.Ordinal
        );
        Assert.Contains("run positive.", would[3], StringComparison.Ordinal);
        await Assert.ThrowsAsync<RpcException>(() => lab.GetBranchAsync(WorkflowLab.BranchOf("dry")));
    }

    [Fact]
    public async Task A_run_by_its_job_takes_the_forks_own_values_and_fails_for_good_where_they_do_not_suffice()
    {
        var workflow = await lab.CreateAsync([new() { StepId = "fork", Fork = new() }]);
        var job = $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}";
        var begun = await lab.Jobs.RunJobAsync(new() { Name = job }, lab.Key);
        var ended = await lab.EndAsync(begun.Run.Name);
        Assert.Equal(RunState.Failed, ended.State);
        Assert.Single(ended.Attempts);
        Assert.Contains("has no 'purpose'", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal("There was no branch yet.", WorkflowLab.TextOf(ended, "compensation"));
    }

    private static List<WorkflowStep> Waiting() =>
        [
            new() { StepId = "fork", Fork = new() },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
                Timeout = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
            },
        ];

    private static long Result(Run run, string figure) => run.Results.GetValueOrDefault(figure);

    private async Task<List<RunState>> StatesAsync(IEnumerable<(string Run, string Purpose)> runs)
    {
        var states = new List<RunState>();
        foreach (var (run, _) in runs)
            states.Add((await lab.GetRunAsync(run)).State);
        return states;
    }
}
