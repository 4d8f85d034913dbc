using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary>Bad arguments to each call of workflows: the status, the field at fault, and nothing stored.</summary>
public sealed class WorkflowRefusalTests(WorkflowLab lab) : IClassFixture<WorkflowLab>
{
    private const string Name = "projects/lab/workflows/none";
    private const string Injected = "projects/lab/workflows/x'; DROP TABLE scheduling.workflow; --";
    private const string First = "workflow.steps[0]";
    private const string Second = "workflow.steps[1]";

    public static TheoryData<Refusal, Action<CreateWorkflowRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = Name },
            { Of(StatusCode.NotFound), create => create.Parent = "projects/other" },
            { Invalid("workflow_id"), create => create.WorkflowId = "" },
            { Invalid("workflow_id"), create => create.WorkflowId = "1st" },
            { Invalid("workflow_id"), create => create.WorkflowId = new string('x', 64) },
            { Invalid("workflow_id"), create => create.WorkflowId = "x'; DROP TABLE scheduling.workflow; --" },
            { Invalid("workflow"), create => create.Workflow = null },
            { Invalid("request_id"), create => create.RequestId = "1" },
            { Of(StatusCode.AlreadyExists), create => create.WorkflowId = "retention" },
            { Invalid("workflow.display_name"), create => create.Workflow.DisplayName = new string('x', 201) },
            { Invalid("workflow.display_name"), create => create.Workflow.DisplayName = "nul\0" },
            { Invalid("workflow.on_failure"), create => create.Workflow.OnFailure = (WorkflowFailurePolicy)9 },
            { Invalid("workflow.steps"), create => create.Workflow.Steps.Clear() },
            { Invalid("workflow.steps"), create => Add(create, 50, i => Waits($"w{i}")) },
            { Invalid(First), create => create.Workflow.Steps.RemoveAt(0) },
            { Invalid("workflow.steps[2]"), create => Add(create, 1, _ => new() { StepId = "b", Fork = new() }) },
            { Invalid("workflow.steps[2].step_id"), create => Add(create, 1, _ => Waits("second")) },
        };

    /// <summary>Of the second step, which waits.</summary>
    public static TheoryData<string, Action<WorkflowStep>> Steps =>
        new()
        {
            { $"{Second}.step_id", step => step.StepId = "" },
            { $"{Second}.step_id", step => step.StepId = "Not An Id" },
            { $"{Second}.step_id", step => step.StepId = "a/../b" },
            { Second, step => step.ClearAction() },
            { $"{Second}.max_attempts", step => step.MaxAttempts = -1 },
            { $"{Second}.max_attempts", step => step.MaxAttempts = 101 },
            { $"{Second}.timeout", step => step.Timeout = new() },
            { $"{Second}.timeout", step => step.Timeout = new() { Seconds = -5 } },
            { $"{Second}.timeout", step => step.Timeout = new() { Seconds = long.MaxValue } },
            { $"{Second}.timeout", step => step.Timeout = new() { Seconds = 5, Nanos = -1 } },
            { $"{Second}.timeout", step => step.Timeout = new() { Seconds = 31 * 86_400 } },
            { $"{Second}.wait_for_streams.stream_count", step => step.WaitForStreams = new() },
            { $"{Second}.wait_for_streams.stream_count", step => step.WaitForStreams.StreamCount = -1 },
            { $"{Second}.wait_for_streams.stream_count", step => step.WaitForStreams.StreamCount = int.MaxValue },
            { $"{Second}.sync_source", step => step.SyncSource = "" },
            { $"{Second}.sync_source", step => step.SyncSource = "projects/lab/syncSources/none" },
            { $"{Second}.sync_source", step => step.SyncSource = "projects/other/syncSources/registry" },
            { $"{Second}.sync_source", step => step.SyncSource = "projects/lab/syncSources/x'; DROP TABLE t; --" },
            { $"{Second}.checks.checks[0]", step => step.Checks = new() { Checks = { "positive" } } },
            { $"{Second}.checks.checks[0]", step => step.Checks = new() { Checks = { "projects/o/qualityChecks/p" } } },
            {
                $"{Second}.checks.checks[1]",
                step => step.Checks = new() { Checks = { WorkflowLab.Check, WorkflowLab.Check } }
            },
            { $"{Second}.checks.checks", step => step.Checks = Many() },
            { $"{Second}.merge.target", step => step.Merge = new() { Target = "main" } },
            { $"{Second}.merge.target", step => step.Merge = new() { Target = "projects/other/branches/main" } },
            { $"{Second}.merge.policy.strategy", step => Merge(step).Strategy = (MergeStrategy)9 },
            { $"{Second}.merge.policy.resolutions", step => Merge(step).Resolutions.Add(new Resolution()) },
            { $"{Second}.merge.policy.columns[0].dataset_id", step => Merge(step).Columns.Add(new ColumnMerge()) },
            { $"{Second}.merge.policy.columns[0].column", step => Column(step, "", ColumnMergeStrategy.Maximum) },
            { $"{Second}.merge.policy.columns[0].strategy", step => Column(step, "value", default) },
            { $"{Second}.merge.policy.columns[0].strategy", step => Column(step, "value", (ColumnMergeStrategy)99) },
        };

    /// <summary>Ids of tags that are no templates, or would be something else than an id.</summary>
    public static TheoryData<string> Templates =>
        [
            "",
            "-result",
            "result-",
            "Result",
            "{date}",
            "{n}",
            "result-{",
            "result-}",
            "result-{}",
            "result-{purpose",
            "result-{{purpose}}",
            "result-{Purpose}",
            "result-{purpose}{site}",
            "result-{purpose}-{purpose}",
            "result-{purpose}'; DROP TABLE branching.tag; --",
            "result-${HOME}",
            "result-$(id)",
            "result-`id`",
            "result-%s",
            "result-{0}",
            "result-{{constructor}}",
            "result-{purpose.length}",
            "result-{purpose:x}",
            "../../projects/other/tags/result",
            "result/{purpose}",
            "result-\n{purpose}",
            "result-\0",
            "result-é",
            new string('x', 201),
        ];

    /// <summary>Values that would put more into a name than a part of it.</summary>
    public static TheoryData<string, string, string> Values =>
        new()
        {
            { "purpose", "", ".purpose" },
            { "purpose", "{date}", ".purpose" },
            { "purpose", "{{n}}", ".purpose" },
            { "purpose", "a/../../main", ".purpose" },
            { "purpose", "x'; DROP TABLE branching.branch; --", ".purpose" },
            { "purpose", "a\nb", ".purpose" },
            { "purpose", "a\0", ".purpose" },
            { "purpose", "-a", ".purpose" },
            { "purpose", "a-", ".purpose" },
            { "purpose", "Sleep", ".purpose" },
            { "purpose", "$(id)", ".purpose" },
            { "purpose", new string('x', 64), ".purpose" },
            { "date", "20260101", "" },
            { "n", "7", "" },
            { "Purpose", "a", "" },
            { "", "a", "" },
            { "pur pose", "a", "" },
            { "purpose'; --", "a", "" },
        };

    public static TheoryData<Refusal, Action<UpdateWorkflowRequest>> Updates =>
        new()
        {
            { Invalid("workflow"), update => update.Workflow = null },
            { Invalid("workflow.name"), update => update.Workflow.Name = "" },
            { Invalid("workflow.name"), update => update.Workflow.Name = Injected },
            { Of(StatusCode.NotFound), update => update.Workflow.Name = Name },
            { Of(StatusCode.Aborted), update => update.Workflow.Etag = "\"99\"" },
            { Of(StatusCode.Aborted), update => update.Workflow.Etag = "mine" },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "create_time" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new() { Paths = { "steps.fork" } } },
            { Invalid("workflow.steps"), update => update.UpdateMask = new() { Paths = { "steps" } } },
            { Invalid(First), update => update.Workflow.Steps.Add(Waits("first")) },
            { Invalid("request_id"), update => update.RequestId = "x" },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [BadInputOf("CreateWorkflow")]
    public Task A_bad_workflow_is_not_made(Refusal expected, Action<CreateWorkflowRequest> spoil)
    {
        var request = new CreateWorkflowRequest
        {
            Parent = WorkflowLab.Parent,
            WorkflowId = "spoilt",
            Workflow = new()
            {
                Steps =
                {
                    new WorkflowStep { StepId = "first", Fork = new() },
                    Waits("second"),
                },
            },
        };
        spoil(request);
        return AssertAsync(expected, () => lab.Workflows.CreateWorkflowAsync(request, lab.Key));
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public Task A_bad_step_is_not_stored(string field, Action<WorkflowStep> spoil) =>
        A_bad_workflow_is_not_made(Invalid(field), create => spoil(create.Workflow.Steps[1]));

    [Theory]
    [MemberData(nameof(Templates))]
    public Task A_tag_that_injects_is_not_stored(string template) =>
        A_bad_workflow_is_not_made(
            Invalid($"{Second}.tag_id"),
            create => create.Workflow.Steps[1] = new() { StepId = "second", TagId = template }
        );

    [Theory]
    [MemberData(nameof(Values))]
    public async Task A_value_that_injects_is_neither_stored_nor_run(string part, string value, string where)
    {
        await A_bad_workflow_is_not_made(
            Invalid($"{First}.fork.template_values{where}"),
            create => create.Workflow.Steps[0].Fork.TemplateValues[part] = value
        );
        var run = new RunWorkflowRequest { Name = await MakeAsync(), TemplateValues = { [part] = value } };
        await AssertAsync(Invalid($"template_values{where}"), () => lab.Workflows.RunWorkflowAsync(run, lab.Key));
    }

    [Theory]
    [InlineData("projects/other/branches/main", "")]
    [InlineData("main", "")]
    [InlineData("", "projects/other/tags/v1")]
    [InlineData("", "")]
    public async Task A_fork_of_what_is_not_the_projects_is_not_stored(string branch, string tag)
    {
        var request = new CreateWorkflowRequest
        {
            Parent = WorkflowLab.Parent,
            WorkflowId = "spoilt",
            Workflow = new()
            {
                Steps =
                {
                    new WorkflowStep
                    {
                        StepId = "first",
                        Fork = new() { Source = new() { Branch = branch } },
                    },
                },
            },
        };
        if (tag.Length > 0)
            request.Workflow.Steps[0].Fork.Source.Point = new() { Tag = tag };
        var refusal = await OfAsync(async () => await lab.Workflows.CreateWorkflowAsync(request, lab.Key), CountAsync);
        Assert.Equal((StatusCode.InvalidArgument, (string?)null), (refusal.Status, refusal.Stored));
        Assert.StartsWith($"{First}.fork.source", refusal.Field, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateWorkflow")]
    public async Task A_bad_change_changes_nothing(Refusal expected, Action<UpdateWorkflowRequest> spoil)
    {
        var request = new UpdateWorkflowRequest
        {
            Workflow = new() { Name = await MakeAsync(), DisplayName = "changed" },
        };
        spoil(request);
        await AssertAsync(expected, () => lab.Workflows.UpdateWorkflowAsync(request, lab.Key));
    }

    [Theory]
    [InlineData("", StatusCode.InvalidArgument, "name")]
    [InlineData("none", StatusCode.InvalidArgument, "name")]
    [InlineData(Injected, StatusCode.InvalidArgument, "name")]
    [InlineData(Name, StatusCode.NotFound, "")]
    [InlineData("projects/other/workflows/none", StatusCode.NotFound, "")]
    [BadInputOf("GetWorkflow", "DeleteWorkflow", "RunWorkflow")]
    public async Task A_bad_name_finds_deletes_and_runs_nothing(string name, StatusCode status, string field)
    {
        var expected = new Refusal(status, field, null);
        await AssertAsync(expected, () => lab.Workflows.GetWorkflowAsync(new() { Name = name }, lab.Key));
        await AssertAsync(expected, () => lab.Workflows.DeleteWorkflowAsync(new() { Name = name }, lab.Key));
        await AssertAsync(expected, () => lab.Workflows.RunWorkflowAsync(new() { Name = name }, lab.Key));
    }

    [Fact]
    public async Task A_run_whose_names_cannot_be_made_does_not_begin()
    {
        var name = await MakeAsync();
        Task RefusedAsync(string field, Action<RunWorkflowRequest> spoil)
        {
            var request = new RunWorkflowRequest { Name = name, TemplateValues = { ["purpose"] = "a" } };
            spoil(request);
            return AssertAsync(Invalid(field), () => lab.Workflows.RunWorkflowAsync(request, lab.Key));
        }

        await RefusedAsync("template_values", run => run.TemplateValues.Clear());
        await RefusedAsync("template_values", run => run.TemplateValues["site"] = "berlin");
        await RefusedAsync("request_id", run => run.RequestId = "x");
        await RefusedAsync("template_values", run => Fill(run, 33));
        await AssertAsync(
            Of(StatusCode.Aborted),
            () => lab.Workflows.DeleteWorkflowAsync(new() { Name = name, Etag = "\"99\"" }, lab.Key)
        );
    }

    [Theory]
    [InlineData("", 0, "", "parent")]
    [InlineData(Injected, 0, "", "parent")]
    [InlineData(null, -1, "", "page_size")]
    [InlineData(null, 0, "AAAA", "page_token")]
    [BadInputOf("ListWorkflows")]
    public Task A_bad_page_is_refused(string? parent, int size, string token, string field)
    {
        var request = new ListWorkflowsRequest
        {
            Parent = parent ?? WorkflowLab.Parent,
            PageSize = size,
            PageToken = token,
        };
        return AssertAsync(Invalid(field), () => lab.Workflows.ListWorkflowsAsync(request, lab.Key));
    }

    [Fact]
    public async Task Without_a_key_nothing_is_answered()
    {
        var refusal = await OfAsync(
            async () => await lab.Workflows.GetWorkflowAsync(new() { Name = Name }),
            CountAsync
        );
        Assert.Equal(Of(StatusCode.Unauthenticated), refusal);
    }

    private static WorkflowStep Waits(string id) =>
        new()
        {
            StepId = id,
            WaitForStreams = new() { StreamCount = 1 },
        };

    private static void Add(CreateWorkflowRequest create, int count, Func<int, WorkflowStep> make) =>
        create.Workflow.Steps.AddRange(Enumerable.Range(0, count).Select(make));

    private static ChecksStep Many()
    {
        var step = new ChecksStep();
        step.Checks.AddRange(Enumerable.Range(0, 101).Select(i => $"projects/lab/qualityChecks/c{i}"));
        return step;
    }

    private static MergePolicy Merge(WorkflowStep step)
    {
        step.Merge = new() { Policy = new() };
        return step.Merge.Policy;
    }

    private static void Column(WorkflowStep step, string column, ColumnMergeStrategy strategy) =>
        Merge(step)
            .Columns.Add(
                new ColumnMerge
                {
                    DatasetId = "items",
                    Column = column,
                    Strategy = strategy,
                }
            );

    private static void Fill(RunWorkflowRequest run, int values)
    {
        for (var i = 0; i < values; i++)
            run.TemplateValues[$"part_{i}"] = "a";
    }

    private async Task<string> MakeAsync()
    {
        var request = new CreateWorkflowRequest
        {
            Parent = WorkflowLab.Parent,
            WorkflowId = "bad-input",
            Workflow = new()
            {
                Steps =
                {
                    new WorkflowStep { StepId = "first", Fork = new() },
                },
            },
            RequestId = "6f0f4f0e-6d0b-4a3c-9d5e-0f4a3a5a7c01",
        };
        return (await lab.Workflows.CreateWorkflowAsync(request, lab.Key)).Workflow.Name;
    }

    private async Task AssertAsync<T>(Refusal expected, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(expected, await OfAsync(async () => await call(), CountAsync));

    private async Task<string> CountAsync()
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT concat(count(*), '/', sum(revision)) FROM scheduling.workflow),
                (SELECT concat(count(*), '/', sum(revision)) FROM scheduling.job),
                (SELECT count(*) FROM scheduling.job_run), (SELECT count(*) FROM scheduling.workflow_run),
                (SELECT count(*) FROM branching.branch), (SELECT count(*) FROM branching.request))
            """
        );
        return (string)(await command.ExecuteScalarAsync(WorkflowLab.Token))!;
    }
}
