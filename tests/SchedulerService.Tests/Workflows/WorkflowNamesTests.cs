using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Names of branches and tags that cannot be made are found before anything is, and by nobody twice.</summary>
public sealed class WorkflowNamesTests(WorkflowLab lab) : IClassFixture<WorkflowLab>, IDisposable
{
    public void Dispose() => lab.Gate.Open();

    [Fact]
    public async Task A_preview_whose_names_cannot_be_made_fails_for_good()
    {
        var workflow = await lab.CreateAsync(Steps("result"));
        var ended = await PreviewAsync(workflow);
        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
        Assert.Contains("has no 'purpose'", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal((int)StatusCode.InvalidArgument, ended.Attempts[0].Error.Code);
    }

    [Fact]
    public async Task A_preview_whose_service_is_away_is_tried_as_often_as_a_step()
    {
        var workflow = await lab.CreateAsync(Steps("never-seen", "purpose"));
        lab.Gate.Refuse("CreateBranch", times: 1);
        Assert.Equal(RunState.Succeeded, (await PreviewAsync(workflow)).State);
        lab.Gate.Refuse("CreateBranch", times: int.MaxValue);
        var ended = await PreviewAsync(workflow);
        Assert.Equal((RunState.Failed, 3), (ended.State, ended.Attempts.Count));
    }

    [Fact]
    public async Task A_schedule_whose_runs_could_have_no_names_is_refused_of_a_new_job_and_of_a_changed_one()
    {
        var needy = await lab.CreateAsync(Steps("result"));
        var cron = new Schedule { Cron = new() { Expression = "0 3 * * *" } };
        var created = await RefusalOfAsync(() => CreateJobAsync("by-the-calendar", needy, cron));
        var updated = await RefusalOfAsync(() => UpdateJobAsync(JobOf(needy), cron));
        Assert.Equal(created, updated);
        Assert.StartsWith("job.schedule: nobody gives its runs values", updated, StringComparison.Ordinal);
        Assert.Contains("has no 'purpose'", updated, StringComparison.Ordinal);
        // Nor by way of another task.
        var content = await lab.CreateAsync(Steps("result", "purpose"));
        await CreateJobAsync("turned", content, cron);
        var turned = new Job
        {
            Name = "projects/lab/jobs/turned",
            Task = new() { Workflow = needy.Name },
        };
        Assert.Equal(
            created,
            await RefusalOfAsync(async () => await lab.Jobs.UpdateJobAsync(new() { Job = turned }, lab.Key))
        );

        var scheduled = await UpdateJobAsync(JobOf(content), cron);
        Assert.NotNull(scheduled.NextRunTime);
        // Without a schedule a caller gives the values.
        await CreateJobAsync("by-hand", needy, schedule: null);
    }

    [Fact]
    public async Task A_tag_that_is_there_already_is_found_before_anything_is_made()
    {
        await TagAsync("taken-of-main");
        var workflow = await lab.CreateAsync(Steps("taken-of-main"));
        var (run, purpose) = await lab.BeginAsync(workflow);
        var ended = await lab.EndAsync(run);
        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
        Assert.Equal("fork", WorkflowLab.TextOf(ended, "failed_step"));
        Assert.Contains("Tag 'taken-of-main'", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal("merges 0", await lab.DoneAsync(purpose));
    }

    [Fact]
    public async Task A_tag_that_comes_meanwhile_is_found_by_the_step_that_would_make_it()
    {
        var steps = Steps("taken-meanwhile");
        steps.Insert(
            1,
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            }
        );
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(steps));
        await lab.UntilAsync(run, "record", "running");
        await TagAsync("taken-meanwhile");
        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        var ended = await lab.EndAsync(run);
        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
        Assert.Equal("name", WorkflowLab.TextOf(ended, "failed_step"));
    }

    [Fact]
    public async Task A_value_that_only_a_tag_needs_is_of_the_tag_and_not_of_the_branch()
    {
        var workflow = await lab.CreateAsync(Steps("of-{site}"));
        var begun = await lab.Workflows.RunWorkflowAsync(
            new() { Name = workflow.Name, TemplateValues = { ["purpose"] = "sited", ["site"] = "berlin" } },
            lab.Key
        );
        var ended = await lab.EndAsync(begun.Run.Name);
        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        var tag = (await lab.Tags.GetTagAsync(new() { Name = $"{WorkflowLab.Parent}/tags/of-berlin" }, lab.Key)).Tag;
        Assert.Equal(WorkflowLab.BranchOf("sited"), tag.Branch);
    }

    /// <param name="part">A part of the branch's name that the fork has a value of; null: the caller gives it.</param>
    private static List<WorkflowStep> Steps(string tag, string? part = null)
    {
        var fork = new ForkStep();
        if (part is not null)
            fork.TemplateValues.Add(part, "fixed");
        return [new() { StepId = "fork", Fork = fork }, new() { StepId = "name", TagId = tag }];
    }

    private async Task<Run> PreviewAsync(Workflow workflow)
    {
        var begun = await lab.Jobs.RunJobAsync(new() { Name = JobOf(workflow), DryRun = true }, lab.Key);
        return await lab.EndAsync(begun.Run.Name);
    }

    private async Task TagAsync(string id) =>
        await lab.Tags.CreateTagAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                TagId = id,
                Source = new() { Branch = WorkflowLab.Main },
            },
            lab.Key
        );

    private async Task<Job> CreateJobAsync(string id, Workflow workflow, Schedule? schedule)
    {
        var job = new Job
        {
            Task = new() { Workflow = workflow.Name },
            Schedule = schedule,
        };
        var request = new CreateJobRequest
        {
            Parent = WorkflowLab.Parent,
            JobId = id,
            Job = job,
        };
        return (await lab.Jobs.CreateJobAsync(request, lab.Key)).Job;
    }

    private async Task<Job> UpdateJobAsync(string name, Schedule schedule) =>
        (
            await lab.Jobs.UpdateJobAsync(
                new()
                {
                    Job = new() { Name = name, Schedule = schedule },
                },
                lab.Key
            )
        ).Job;

    private static async Task<string> RefusalOfAsync(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(call);
        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        return refused.Status.Detail;
    }

    private static string JobOf(Workflow workflow) => workflow.Name.Replace("/workflows/", "/jobs/");
}
