using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Steps that fail, are tried again, time out or are cancelled, and what becomes of the branch.</summary>
public sealed class WorkflowFailureTests(WorkflowLab lab) : IClassFixture<WorkflowLab>, IDisposable
{
    public void Dispose()
    {
        lab.Gate.Open();
        lab.Document = null;
    }

    [Theory]
    [InlineData("CreateBranch", "fork", 2)]
    [InlineData("SetExperimentState", "fork", 2)]
    [InlineData("RunQualityChecks", "check", 2)]
    [InlineData("MergeBranch", "save", 2)]
    [InlineData("CreateTag", "name", 2)]
    public async Task A_step_whose_service_is_away_is_tried_again_and_then_goes_on(
        string method,
        string step,
        int times
    )
    {
        lab.Gate.Refuse(method, times);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        var ended = await lab.EndAsync(run);

        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        var tried = WorkflowLab.StepsOf(ended).Single(each => each["step"].StringValue == step);
        Assert.Equal(times + 1, tried["attempts"].NumberValue);
        Assert.Equal(times + 1, ended.Attempts.Count);
        Assert.All(
            ended.Attempts.Take(times),
            attempt => Assert.Contains($"'{step}' failed", attempt.Error.Message, StringComparison.Ordinal)
        );
        Assert.Equal("CreateBranch 1, CreateTag 1, SetExperimentState 2, merges 1", await lab.DoneAsync(purpose));
    }

    /// <summary>The checks go on meanwhile, at another replica: who asks again finds them done.</summary>
    [Fact]
    public async Task Replicas_that_stop_while_checks_are_waited_for_cost_no_attempt()
    {
        lab.Gate.Refuse("WaitOperation", times: 3);
        var (run, _) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        var ended = await lab.EndAsync(run);

        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        Assert.Single(ended.Attempts);
    }

    [Theory]
    [InlineData("MergeBranch", "save")]
    [InlineData("RunQualityChecks", "check")]
    [InlineData("CreateTag", "name")]
    public async Task A_step_that_fails_in_every_attempt_ends_the_run_and_its_branch_is_marked(
        string method,
        string step
    )
    {
        lab.Gate.Refuse(method, times: int.MaxValue);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        var ended = await lab.EndAsync(run);

        Assert.Equal((RunState.Failed, 3), (ended.State, ended.Attempts.Count));
        var log = await lab.LogAsync(run);
        Assert.Matches($"'{step}' failed in attempt 1 of 3: .*\\nThe next attempt is at 20", log);
        Assert.Contains($"'{step}' failed in attempt 3, its last: ", log, StringComparison.Ordinal);
        Assert.Equal(step, WorkflowLab.TextOf(ended, "failed_step"));
        Assert.Equal("failed", WorkflowLab.StatesOf(ended)[step]);
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal((ExperimentState.Failed, BranchState.Active), (branch.Experiment.State, branch.State));
        Assert.Contains($"step '{step}'", branch.Experiment.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_does_not_hold_ends_the_run_at_once_and_by_policy_the_branch_goes()
    {
        lab.Document = """[{"id":"bad","value":-1}]""";
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps(), WorkflowFailurePolicy.Delete));
        var ended = await lab.EndAsync(run);

        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
        Assert.Contains("Checks do not hold: positive", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
        var log = await lab.LogAsync(run);
        Assert.Contains("'check' failed for good: Checks do not hold", log, StringComparison.Ordinal);
        Assert.DoesNotContain("attempt", log, StringComparison.Ordinal);
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal((ExperimentState.Failed, BranchState.Deleted), (branch.Experiment.State, branch.State));
        Assert.Contains(
            "It is deleted and can be restored.",
            WorkflowLab.TextOf(ended, "compensation"),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("bad", await lab.ItemsOfAsync(WorkflowLab.Main));
        Assert.Equal("CreateBranch 1, DeleteBranch 1, SetExperimentState 2, merges 0", await lab.DoneAsync(purpose));
    }

    [Fact]
    public async Task A_source_that_gives_no_items_is_tried_again_and_fails_the_run()
    {
        lab.Document = "no JSON at all";
        var (run, _) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        var ended = await lab.EndAsync(run);
        Assert.Equal((RunState.Failed, "collect"), (ended.State, WorkflowLab.TextOf(ended, "failed_step")));
    }

    [Fact]
    public async Task A_dataset_that_is_not_there_is_no_reason_to_try_again()
    {
        await lab.Sync.CreateSyncSourceAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                SyncSourceId = "nowhere",
                SyncSource = new()
                {
                    Dataset = $"{WorkflowLab.Main}/datasets/none",
                    Http = new() { Url = "http://127.0.0.1/items", Format = HttpFormat.Json },
                },
            },
            lab.Key
        );
        var workflow = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new() { StepId = "collect", SyncSource = $"{WorkflowLab.Parent}/syncSources/nowhere" },
        ]);
        var ended = await lab.EndAsync((await lab.BeginAsync(workflow)).Run);
        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
    }

    [Fact]
    public async Task A_wait_that_takes_too_long_fails_by_its_own_time()
    {
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Waiting(TimeSpan.FromSeconds(1))));
        var ended = await lab.EndAsync(run);
        Assert.Equal((RunState.Failed, 1), (ended.State, ended.Attempts.Count));
        Assert.Equal((int)StatusCode.DeadlineExceeded, ended.Attempts[0].Error.Code);
        Assert.Contains("longer than 00:00:01", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
        Assert.Equal(
            ExperimentState.Failed,
            (await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose))).Experiment.State
        );
    }

    [Fact]
    public async Task A_cancelled_run_marks_its_branch_too()
    {
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Waiting(TimeSpan.FromHours(1))));
        await lab.UntilAsync(run, "record", "running");
        await lab.Jobs.CancelRunAsync(new() { Name = run, Reason = "the subject left" }, lab.Key);
        var ended = await lab.EndAsync(run);

        Assert.Equal(RunState.Cancelled, ended.State);
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal(ExperimentState.Failed, branch.Experiment.State);
        Assert.Contains("the subject left", branch.Experiment.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_is_cancelled_between_two_attempts_marks_its_branch_too()
    {
        var workflow = await lab.CreateAsync(Steps(), WorkflowFailurePolicy.Delete);
        var long_ = Duration.FromTimeSpan(TimeSpan.FromHours(1));
        await lab.Jobs.UpdateJobAsync(
            new()
            {
                Job = new()
                {
                    Name = $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}",
                    Policy = new()
                    {
                        Overlap = OverlapPolicy.Allow,
                        InitialBackoff = long_,
                        MaxBackoff = long_,
                    },
                },
            },
            lab.Key
        );
        lab.Gate.Refuse("MergeBranch", times: 1);
        var (run, purpose) = await lab.BeginAsync(workflow);
        await SchedulerFixture.UntilAsync(async () => (await lab.GetRunAsync(run)).State is RunState.Waiting);
        // Also where its job is paused meanwhile.
        await lab.Jobs.PauseJobAsync(new() { Name = run[..run.IndexOf("/runs/", StringComparison.Ordinal)] }, lab.Key);
        await lab.Jobs.CancelRunAsync(new() { Name = run }, lab.Key);

        Assert.Equal(RunState.Cancelled, (await lab.EndAsync(run)).State);
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal((ExperimentState.Failed, BranchState.Deleted), (branch.Experiment.State, branch.State));
    }

    [Fact]
    public async Task A_run_between_two_attempts_that_the_next_due_one_cancels_marks_its_branch_too()
    {
        var steps = Steps();
        steps[0].Fork.TemplateValues.Add("purpose", "next");
        var workflow = await lab.CreateAsync(steps);
        var job = new Job
        {
            Name = JobOf(workflow),
            Policy = new()
            {
                Overlap = OverlapPolicy.CancelOther,
                InitialBackoff = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
                MaxBackoff = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
            },
        };
        await lab.Jobs.UpdateJobAsync(new() { Job = job }, lab.Key);
        lab.Gate.Refuse("MergeBranch", times: 1);
        var (run, purpose) = await lab.BeginAsync(workflow);
        await SchedulerFixture.UntilAsync(async () => (await lab.GetRunAsync(run)).State is RunState.Waiting);
        var soon = TimeProvider.System.GetUtcNow().AddSeconds(1).ToTimestamp();
        await lab.Jobs.UpdateJobAsync(
            new()
            {
                Job = new()
                {
                    Name = job.Name,
                    Schedule = new() { Once = soon },
                },
            },
            lab.Key
        );

        var ended = await lab.EndAsync(run);
        Assert.Equal((RunState.Cancelled, 2), (ended.State, ended.Attempts.Count));
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal(ExperimentState.Failed, branch.Experiment.State);
        Assert.Contains("the next run was due", branch.Experiment.Reason, StringComparison.OrdinalIgnoreCase);
        // It begins when the other has tidied up.
        IReadOnlyList<Run> runs = [];
        await SchedulerFixture.UntilAsync(async () =>
        {
            runs = (await lab.Jobs.ListRunsAsync(new() { Parent = job.Name }, lab.Key)).Runs;
            return runs.Count == 2 && runs[0].EndTime is not null;
        });
        Assert.Equal(RunState.Succeeded, runs[0].State);
    }

    [Fact]
    public async Task Compensation_is_tried_again_until_it_is_done_and_done_once()
    {
        var left = 3;
        lab.Gate.Before = (method, _) =>
            method == "MergeBranch" || (method == "DeleteBranch" && Interlocked.Decrement(ref left) >= 0)
                ? throw new RpcException(new Status(StatusCode.Unavailable, "It is away."))
                : Task.CompletedTask;
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps(), WorkflowFailurePolicy.Delete));
        var ended = await lab.EndAsync(run);

        Assert.Equal((RunState.Failed, 6), (ended.State, ended.Attempts.Count));
        Assert.Equal("CreateBranch 1, DeleteBranch 1, SetExperimentState 2, merges 0", await lab.DoneAsync(purpose));
        Assert.Contains("deleted", WorkflowLab.TextOf(ended, "compensation"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WorkflowFailurePolicy.Keep)]
    [InlineData(WorkflowFailurePolicy.Delete)]
    public async Task A_failed_run_that_is_retried_goes_on_at_its_step_with_its_branch_back(
        WorkflowFailurePolicy policy
    )
    {
        lab.Gate.Refuse("CreateTag", times: int.MaxValue);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps(), policy));
        Assert.Equal(RunState.Failed, (await lab.EndAsync(run)).State);
        lab.Gate.Open();

        await lab.Jobs.RetryRunAsync(new() { Name = run }, lab.Key);
        var ended = await lab.EndAsync(run);
        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        Assert.Equal((ExperimentState.Completed, BranchState.Active), (branch.Experiment.State, branch.State));
        Assert.Equal("", WorkflowLab.TextOf(ended, "compensation"));
        // What was done before is not done again.
        Assert.DoesNotContain("CreateBranch", lab.Gate.Calls);
        Assert.DoesNotContain("MergeBranch", lab.Gate.Calls);
    }

    [Fact]
    public async Task A_job_is_not_deleted_while_a_workflow_that_it_runs_has_a_branch_to_tidy_up()
    {
        var steps = Waiting(TimeSpan.FromHours(1));
        steps[0].Fork.TemplateValues.Add("purpose", "second");
        var create = new CreateJobRequest
        {
            Parent = WorkflowLab.Parent,
            JobId = "second",
            Job = new() { Task = new() { Workflow = (await lab.CreateAsync(steps)).Name } },
        };
        var job = (await lab.Jobs.CreateJobAsync(create, lab.Key)).Job;
        var run = (await lab.Jobs.RunJobAsync(new() { Name = job.Name }, lab.Key)).Run.Name;
        await lab.UntilAsync(run, "record", "running");

        var delete = new DeleteJobRequest { Name = job.Name };
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Jobs.DeleteJobAsync(delete, lab.Key)
        );
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        Assert.Contains("cancel it and wait", refused.Status.Detail, StringComparison.Ordinal);
        var update = new UpdateJobRequest
        {
            Job = new()
            {
                Name = job.Name,
                Task = new() { Maintenance = new() },
            },
            UpdateMask = new() { Paths = { "task" } },
        };
        refused = await Assert.ThrowsAsync<RpcException>(async () => await lab.Jobs.UpdateJobAsync(update, lab.Key));
        Assert.Equal(StatusCode.FailedPrecondition, refused.StatusCode);
        await lab.Jobs.CancelRunAsync(new() { Name = run }, lab.Key);
        Assert.Equal(RunState.Cancelled, (await lab.EndAsync(run)).State);
        var branch = await lab.GetBranchAsync(WorkflowLab.BranchOf("second"));
        Assert.Equal(ExperimentState.Failed, branch.Experiment.State);
        await lab.Jobs.DeleteJobAsync(delete, lab.Key);
        await lab.Jobs.DeleteJobAsync(new() { Name = job.Name, AllowMissing = true }, lab.Key);
    }

    [Fact]
    public async Task A_branch_that_is_deleted_under_its_run_fails_it_and_nothing_is_left_to_do()
    {
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Waiting(TimeSpan.FromHours(1))));
        await lab.UntilAsync(run, "record", "running");
        await lab.Branches.DeleteBranchAsync(new() { Name = WorkflowLab.BranchOf(purpose) }, lab.Key);
        var ended = await lab.EndAsync(run);
        Assert.Equal(RunState.Failed, ended.State);
        Assert.Contains("was deleted while", ended.Attempts[0].Error.Message, StringComparison.Ordinal);
    }

    private static string JobOf(Workflow workflow) => $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}";

    private static List<WorkflowStep> Steps() => [.. WorkflowLab.Whole().Where(step => step.WaitForStreams is null)];

    private static List<WorkflowStep> Waiting(TimeSpan timeout) =>
        [
            new() { StepId = "fork", Fork = new() },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
                Timeout = Duration.FromTimeSpan(timeout),
            },
        ];
}
