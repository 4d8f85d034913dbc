using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>
/// The worker dies after each thing that it had done by another service and before it heard so, and another goes on:
/// nothing is done twice, and nothing is left out.
/// </summary>
public sealed class WorkflowDeathTests(WorkflowLab lab) : IClassFixture<WorkflowLab>, IDisposable
{
    public static TheoryData<string, int> Deaths =>
        new()
        {
            { "CreateBranch", 1 },
            { "SetExperimentState", 1 },
            { "ListQualityChecks", 1 },
            { "RunQualityChecks", 1 },
            { "WaitOperation", 1 },
            { "MergeBranch", 1 },
            { "SetExperimentState", 2 },
            { "CreateTag", 1 },
        };

    public static TheoryData<string, int> DeathsOfCompensation =>
        new()
        {
            { "ListBranches", 1 },
            // The first says that the experiment runs, the second that it has failed.
            { "SetExperimentState", 2 },
            { "DeleteBranch", 1 },
        };

    public void Dispose() => lab.Gate.Open();

    [Theory]
    [MemberData(nameof(Deaths))]
    public async Task After_whatever_call_the_worker_dies_another_goes_on_and_nothing_is_done_twice(
        string method,
        int nth
    )
    {
        var dead = DieAfter(method, nth);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        await dead.WaitAsync(TimeSpan.FromSeconds(60), WorkflowLab.Token);
        await lab.AbandonAsync(run);
        var ended = await lab.EndAsync(run);

        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        Assert.Equal(2, ended.Attempts.Count);
        Assert.Equal("CreateBranch 1, CreateTag 1, SetExperimentState 2, merges 1", await lab.DoneAsync(purpose));
        Assert.Equal(1, await BranchesAsync(run));
        Assert.Equal(
            ExperimentState.Completed,
            (await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose))).Experiment.State
        );
    }

    [Theory]
    [MemberData(nameof(DeathsOfCompensation))]
    public async Task A_worker_that_dies_while_it_compensates_is_followed_by_one_that_ends_that(string method, int nth)
    {
        var dead = DieAfter(method, nth);
        lab.Gate.Before = (called, _) =>
            called == "MergeBranch"
                ? throw new RpcException(new Status(StatusCode.PermissionDenied, "Not for you."))
                : Task.CompletedTask;
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps(), WorkflowFailurePolicy.Delete));
        await dead.WaitAsync(TimeSpan.FromSeconds(60), WorkflowLab.Token);
        await lab.AbandonAsync(run);
        var ended = await lab.EndAsync(run);

        Assert.Equal(RunState.Failed, ended.State);
        Assert.Equal("CreateBranch 1, DeleteBranch 1, SetExperimentState 2, merges 0", await lab.DoneAsync(purpose));
        Assert.Equal(BranchState.Deleted, (await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose))).State);
    }

    [Fact]
    public async Task A_branch_that_was_made_and_never_noted_is_found_and_marked_when_its_run_is_cancelled()
    {
        var dead = DieAfter("CreateBranch", 1);
        var (run, purpose) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        await dead.WaitAsync(TimeSpan.FromSeconds(60), WorkflowLab.Token);
        await lab.Jobs.CancelRunAsync(new() { Name = run }, lab.Key);
        var ended = await lab.EndAsync(run);

        Assert.Equal(RunState.Cancelled, ended.State);
        Assert.Equal(
            ExperimentState.Failed,
            (await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose))).Experiment.State
        );
    }

    [Fact]
    public async Task A_step_at_which_workers_die_again_and_again_ends_the_run_and_a_wait_outlives_many()
    {
        var waiting = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            },
        ]);
        var (run, purpose) = await lab.BeginAsync(waiting);
        for (var death = 1; death <= 5; death++)
        {
            await lab.UntilAsync(run, "record", "running");
            await lab.AbandonAsync(run);
        }

        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        var ended = await lab.EndAsync(run);
        Assert.True(ended.State is RunState.Succeeded, $"{ended}");
        Assert.True(ended.Attempts.Count == 6, $"{ended}");

        var (doomed, _) = await lab.BeginAsync(waiting);
        for (var death = 1; death <= 11; death++)
        {
            await lab.UntilAsync(doomed, "record", "running");
            await lab.AbandonAsync(doomed);
        }

        var failed = await lab.EndAsync(doomed);
        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains("went away 11 times", failed.Attempts[^1].Error.Message, StringComparison.Ordinal);
    }

    private static List<WorkflowStep> Steps() => [.. WorkflowLab.Whole().Where(step => step.WaitForStreams is null)];

    /// <summary>Whoever has made the nth call of a method hears nothing more, until the run is another's.</summary>
    private Task DieAfter(string method, int nth)
    {
        var dead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var left = nth;
        lab.Gate.After = async (called, token) =>
        {
            if (called != method || Interlocked.Decrement(ref left) != 0)
                return;
            dead.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, token);
        };
        return dead.Task;
    }

    private Task<long> BranchesAsync(string run) =>
        lab.CountAsync($"SELECT count(*) FROM branching.branch WHERE labels ->> 'run' = '{run.Split('/')[^1]}'");
}
