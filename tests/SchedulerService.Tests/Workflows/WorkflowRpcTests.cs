using Dendrite.Storage.Access;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Workflows as resources, and the jobs that come and go with them.</summary>
public sealed class WorkflowRpcTests(WorkflowLab lab) : IClassFixture<WorkflowLab>
{
    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    [Fact]
    public async Task A_workflow_is_made_found_listed_changed_and_deleted_with_its_job()
    {
        var made = await lab.CreateAsync(WorkflowLab.Whole(), WorkflowFailurePolicy.Delete);
        var found = await lab.Workflows.GetWorkflowAsync(new() { Name = made.Name }, lab.Key);
        Assert.Equal(made, found.Workflow);
        Assert.Equal(WorkflowLab.Whole(), found.Workflow.Steps);
        Assert.NotNull(found.Workflow.CreateTime);
        var job = await lab.Jobs.GetJobAsync(new() { Name = JobOf(made) }, lab.Key);
        Assert.Equal((made.Name, OverlapPolicy.Allow), (job.Job.Task.Workflow, job.Job.Policy.Overlap));

        var change = new Workflow
        {
            Name = made.Name,
            DisplayName = "Another title",
            Etag = made.Etag,
        };
        var changed = (await lab.Workflows.UpdateWorkflowAsync(new() { Workflow = change }, lab.Key)).Workflow;
        Assert.Equal("Another title", changed.DisplayName);
        Assert.Equal((made.Steps, made.OnFailure), (changed.Steps, changed.OnFailure));
        Assert.NotEqual(made.Etag, changed.Etag);
        await FailsAsync(StatusCode.Aborted, lab.Workflows.UpdateWorkflowAsync(new() { Workflow = change }, lab.Key));

        await lab.Workflows.DeleteWorkflowAsync(new() { Name = made.Name, Etag = changed.Etag }, lab.Key);
        await FailsAsync(StatusCode.NotFound, lab.Workflows.GetWorkflowAsync(new() { Name = made.Name }, lab.Key));
        await FailsAsync(StatusCode.NotFound, lab.Jobs.GetJobAsync(new() { Name = JobOf(made) }, lab.Key));
        await lab.Workflows.DeleteWorkflowAsync(new() { Name = made.Name, AllowMissing = true }, lab.Key);
    }

    [Fact]
    public async Task A_source_that_steps_and_jobs_name_stays_until_they_do_no_more()
    {
        var registry = (await lab.Sync.GetSyncSourceAsync(new() { Name = WorkflowLab.Source }, lab.Key)).SyncSource;
        var source = new SyncSource { Dataset = registry.Dataset, Http = registry.Http };
        var made = await lab.Sync.CreateSyncSourceAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                SyncSourceId = "named",
                SyncSource = source,
            },
            lab.Key
        );
        var name = made.SyncSource.Name;
        var workflow = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new() { StepId = "collect", SyncSource = name },
        ]);
        var job = new Job { Task = new() { SyncSource = name } };
        await lab.Jobs.CreateJobAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                JobId = "names-it",
                Job = job,
            },
            lab.Key
        );

        var request = new DeleteSyncSourceRequest { Name = name, RequestId = Guid.CreateVersion7(Now).ToString() };
        var used = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Sync.DeleteSyncSourceAsync(request, lab.Key)
        );
        Assert.Equal(StatusCode.FailedPrecondition, used.StatusCode);
        var user = workflow.Name.Split('/')[^1];
        Assert.Contains($"is named by job 'names-it', workflow '{user}'", used.Status.Detail, StringComparison.Ordinal);
        await lab.Jobs.DeleteJobAsync(new() { Name = $"{WorkflowLab.Parent}/jobs/names-it" }, lab.Key);
        await lab.Workflows.DeleteWorkflowAsync(new() { Name = workflow.Name }, lab.Key);
        await lab.Sync.DeleteSyncSourceAsync(request, lab.Key);
        await lab.Sync.DeleteSyncSourceAsync(request, lab.Key);
    }

    [Fact]
    public async Task A_list_comes_by_name_in_pages()
    {
        for (var i = 0; i < 3; i++)
            await lab.CreateAsync([new() { StepId = "fork", Fork = new() }]);
        var request = new ListWorkflowsRequest { Parent = WorkflowLab.Parent, PageSize = 2 };
        var names = new List<string>();
        do
        {
            var page = await lab.Workflows.ListWorkflowsAsync(request, lab.Key);
            Assert.InRange(page.Workflows.Count, 1, 2);
            names.AddRange(page.Workflows.Select(workflow => workflow.Name));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.True(names.Count >= 3);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Repeated_requests_are_answered_and_not_done_again()
    {
        var create = new CreateWorkflowRequest
        {
            Parent = WorkflowLab.Parent,
            WorkflowId = "repeated",
            Workflow = new()
            {
                Steps =
                {
                    new WorkflowStep { StepId = "fork", Fork = new() },
                },
            },
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c11",
        };
        var first = await lab.Workflows.CreateWorkflowAsync(create, lab.Key);
        Assert.Equal(first, await lab.Workflows.CreateWorkflowAsync(create, lab.Key));
        create.RequestId = "";
        await FailsAsync(StatusCode.AlreadyExists, lab.Workflows.CreateWorkflowAsync(create, lab.Key));

        var delete = new DeleteWorkflowRequest
        {
            Name = first.Workflow.Name,
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c12",
        };
        await lab.Workflows.DeleteWorkflowAsync(delete, lab.Key);
        await lab.Workflows.DeleteWorkflowAsync(delete, lab.Key);
        delete.RequestId = "";
        await FailsAsync(StatusCode.NotFound, lab.Workflows.DeleteWorkflowAsync(delete, lab.Key));
    }

    [Fact]
    public async Task A_workflow_whose_runs_go_on_or_that_a_job_names_is_not_deleted()
    {
        var workflow = await lab.CreateAsync([
            new() { StepId = "fork", Fork = new() },
            new()
            {
                StepId = "record",
                WaitForStreams = new() { StreamCount = 1 },
            },
        ]);
        var delete = new DeleteWorkflowRequest { Name = workflow.Name };
        var (run, purpose) = await lab.BeginAsync(workflow);
        var refused = await FailsAsync(
            StatusCode.FailedPrecondition,
            lab.Workflows.DeleteWorkflowAsync(delete, lab.Key)
        );
        Assert.Contains("goes on", refused, StringComparison.Ordinal);
        await lab.UntilAsync(run, "record", "running");
        await lab.FinishStreamAsync(WorkflowLab.BranchOf(purpose));
        await lab.EndAsync(run);

        var other = new CreateJobRequest
        {
            Parent = WorkflowLab.Parent,
            JobId = "weekly",
            Job = new() { Task = new() { Workflow = workflow.Name } },
        };
        await lab.Jobs.CreateJobAsync(other, lab.Key);
        refused = await FailsAsync(StatusCode.FailedPrecondition, lab.Workflows.DeleteWorkflowAsync(delete, lab.Key));
        Assert.Contains("Job 'weekly'", refused, StringComparison.Ordinal);
        await lab.Jobs.DeleteJobAsync(new() { Name = $"{WorkflowLab.Parent}/jobs/weekly" }, lab.Key);
        await lab.Workflows.DeleteWorkflowAsync(delete, lab.Key);
        // The experiment outlives the workflow.
        Assert.Equal(BranchState.Active, (await lab.GetBranchAsync(WorkflowLab.BranchOf(purpose))).State);
    }

    [Fact]
    public async Task The_job_of_a_workflow_takes_a_schedule_but_no_other_task_and_no_end_of_its_own()
    {
        // Nobody gives a scheduled run values.
        var fork = new ForkStep { TemplateValues = { ["purpose"] = "yearly" } };
        var workflow = await lab.CreateAsync([new() { StepId = "fork", Fork = fork }]);
        var scheduled = new Job
        {
            Name = JobOf(workflow),
            Schedule = new() { Cron = new() { Expression = "0 0 1 1 *" } },
        };
        Assert.NotNull((await lab.Jobs.UpdateJobAsync(new() { Job = scheduled }, lab.Key)).Job.NextRunTime);

        var other = new Job
        {
            Name = JobOf(workflow),
            Task = new() { Maintenance = new() },
        };
        await FailsAsync(StatusCode.FailedPrecondition, lab.Jobs.UpdateJobAsync(new() { Job = other }, lab.Key));
        await FailsAsync(
            StatusCode.FailedPrecondition,
            lab.Jobs.DeleteJobAsync(new() { Name = JobOf(workflow) }, lab.Key)
        );
        // And a job of its id stands in the way of a workflow.
        await lab.Jobs.CreateJobAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                JobId = "taken",
                Job = new() { Task = new() { Maintenance = new() } },
            },
            lab.Key
        );
        var create = new CreateWorkflowRequest
        {
            Parent = WorkflowLab.Parent,
            WorkflowId = "taken",
            Workflow = new()
            {
                Steps =
                {
                    new WorkflowStep { StepId = "fork", Fork = new() },
                },
            },
        };
        var refused = await FailsAsync(StatusCode.AlreadyExists, lab.Workflows.CreateWorkflowAsync(create, lab.Key));
        Assert.Contains("Job 'taken' exists", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_only_works_in_a_project_runs_workflows_and_declares_none()
    {
        var workflow = await lab.CreateAsync([new() { StepId = "fork", Fork = new() }]);
        var own = ApiKey.Generate();
        var record = new ApiKeyRecord(own.Id, own.HashSecret(), lab.Project, null, "of the lab", [], null, null);
        await new ApiKeyStore(lab.Database.Owner).PutAsync(record, WorkflowLab.Token);
        var key = new Metadata { { "authorization", $"Bearer {own.Reveal()}" } };

        var run = new RunWorkflowRequest { Name = workflow.Name, TemplateValues = { ["purpose"] = "anybody" } };
        var begun = await lab.Workflows.RunWorkflowAsync(run, key);
        Assert.Equal("of the lab", begun.Run.Creator);
        await lab.EndAsync(begun.Run.Name);
        Assert.Equal("of the lab", (await lab.GetBranchAsync(WorkflowLab.BranchOf("anybody"))).Owner);
        var change = new Workflow { Name = workflow.Name, DisplayName = "mine" };
        await FailsAsync(
            StatusCode.PermissionDenied,
            lab.Workflows.UpdateWorkflowAsync(new() { Workflow = change }, key)
        );
        await FailsAsync(
            StatusCode.PermissionDenied,
            lab.Workflows.DeleteWorkflowAsync(new() { Name = workflow.Name }, key)
        );
    }

    private static string JobOf(Workflow workflow) => $"{WorkflowLab.Parent}/jobs/{workflow.Name.Split('/')[^1]}";

    private static async Task<string> FailsAsync<T>(StatusCode status, AsyncUnaryCall<T> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call);
        Assert.Equal(status, failure.StatusCode);
        return failure.Status.Detail;
    }
}
