using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Runs that failed and are tried again: which branch is theirs, and who else may have it.</summary>
public sealed class WorkflowRetryTests(WorkflowLab lab) : IClassFixture<WorkflowLab>, IDisposable
{
    public void Dispose() => lab.Gate.Open();

    [Theory]
    [InlineData("CreateTag")]
    // Nobody has noted which branch it is.
    [InlineData("CreateBranch")]
    public async Task A_restored_copy_with_the_label_of_the_run_is_left_alone(string failing)
    {
        var workflow = await lab.CreateAsync(Steps(), WorkflowFailurePolicy.Delete);
        Branch? copy = null;
        lab.Gate.After = async (method, _) =>
        {
            if (method != failing)
                return;
            copy ??= await CopyAsync(workflow, $"night-a{failing.ToLowerInvariant()}-v1");
            throw new RpcException(new Status(StatusCode.Unavailable, "It is away."));
        };
        var (run, purpose) = await lab.BeginAsync(workflow);
        var failed = await lab.EndAsync(run);
        Assert.True(failed.State is RunState.Failed && copy is not null, $"{failed}");
        var own = await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose));
        var other = await lab.GetBranchAsync(copy!.Name);
        Assert.Equal((ExperimentState.Failed, BranchState.Deleted), (own.Experiment?.State, own.State));
        Assert.Equal((null, BranchState.Active), (other.Experiment, other.State));
        if (failing == "CreateBranch")
            return;

        lab.Gate.Open();
        await lab.Jobs.RetryRunAsync(new() { Name = run }, lab.Key);
        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run)).State);
        own = await lab.GetBranchAsync(own.Name);
        Assert.Equal((ExperimentState.Completed, BranchState.Active), (own.Experiment.State, own.State));
    }

    [Fact]
    public async Task A_run_that_is_tried_again_holds_its_branch_against_retention_again()
    {
        lab.Gate.Refuse("CreateTag", times: int.MaxValue);
        var (run, _) = await lab.BeginAsync(await lab.CreateAsync(Steps()));
        Assert.Equal(RunState.Failed, (await lab.EndAsync(run)).State);
        lab.Gate.Open();
        var id = run.Split('/')[^1];
        // As retention forgets what ended runs worked on.
        await lab.ExecuteAsync($"DELETE FROM scheduling.run_branch WHERE run_id = '{id}'");

        var held = 0L;
        lab.Gate.Before = async (method, _) =>
        {
            if (method == "CreateTag")
                held = await lab.CountAsync($"SELECT count(*) FROM scheduling.run_branch WHERE run_id = '{id}'");
        };
        await lab.Jobs.RetryRunAsync(new() { Name = run }, lab.Key);

        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run)).State);
        Assert.Equal(1, held);
    }

    /// <summary>As a restore with a prefix makes it; it comes before the run's own by name and by time.</summary>
    private async Task<Branch> CopyAsync(Workflow workflow, string id)
    {
        var job = $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}";
        var run = (await lab.Jobs.ListRunsAsync(new() { Parent = job }, lab.Key)).Runs[0].Name.Split('/')[^1];
        var request = new CreateBranchRequest
        {
            Parent = WorkflowLab.Parent,
            BranchId = id,
            Branch = new() { Labels = { ["run"] = run } },
        };
        var made = (await lab.Branches.CreateBranchAsync(request, lab.Key)).Branch;
        await lab.ExecuteAsync(
            $"""
            UPDATE branching.branch SET kind = 'restore', create_time = create_time - interval '1 day'
            WHERE uid = '{made.Uid}'
            """
        );
        return made;
    }

    private static List<WorkflowStep> Steps() => [.. WorkflowLab.Whole().Where(step => step.WaitForStreams is null)];
}
