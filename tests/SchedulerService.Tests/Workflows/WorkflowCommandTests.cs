using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Tests.Workflows;

/// <summary><c>dendrite workflow …</c> and <c>dendrite experiment run</c> against the real services.</summary>
public sealed class WorkflowCommandTests(WorkflowLab lab) : IClassFixture<WorkflowLab>
{
    private const string Night = """
        # ids stand for full names
        displayName: A night
        steps:
          - stepId: fork
            fork: {}
          - step_id: collect
            sync_source: registry
            maxAttempts: 5
          - stepId: check
            checks: { checks: [positive] }
          - stepId: save
            merge: { target: main }
          - stepId: done
            complete: {}
          - stepId: name
            tagId: "as-{purpose}"
            timeout: 60s
        """;

    [Fact]
    public async Task A_workflow_is_declared_in_a_file_run_step_by_step_shown_changed_and_deleted()
    {
        var made = await RunAsync(
            "workflow",
            "create",
            "night",
            "--file",
            await FileAsync(Night),
            "--on-failure",
            "delete"
        );
        Assert.Equal((ExitCode.Success, ""), (made.Code, made.Error));
        Assert.Contains("pulls registry", made.Output, StringComparison.Ordinal);
        Assert.Contains(
            "fork > collect > check > save > done > name",
            (await RunAsync("workflow", "list")).Output,
            StringComparison.Ordinal
        );

        var run = await RunAsync("experiment", "run", "night", "--value", "purpose=byhand");
        Assert.True(run.Code == ExitCode.Success, run.Error + run.Output);
        Assert.Contains("collect: succeeded: Pulled 3 items", run.Error, StringComparison.Ordinal);
        Assert.Contains("branch projects/lab/branches/night-byhand-v1", run.Output, StringComparison.Ordinal);
        Assert.Contains("succeeded", run.Output, StringComparison.Ordinal);
        var tag = await lab.Tags.GetTagAsync(new() { Name = $"{WorkflowLab.Parent}/tags/as-byhand" }, lab.Key);
        Assert.Equal(WorkflowLab.BranchOf("byhand"), tag.Tag.Branch);

        // What is shown is what can be declared.
        var shown = await RunAsync("workflow", "show", "night", "--json");
        var file = await FileAsync(shown.Output, ".json");
        Assert.Equal(ExitCode.Success, (await RunAsync("workflow", "create", "copy", "--file", file)).Code);
        var copy = await lab.Workflows.GetWorkflowAsync(
            new() { Name = $"{WorkflowLab.Parent}/workflows/copy" },
            lab.Key
        );
        Assert.Equal(JsonParser.Default.Parse<Workflow>(shown.Output).Steps, copy.Workflow.Steps);

        Assert.Equal(ExitCode.Success, (await RunAsync("workflow", "update", "night", "--title", "Another")).Code);
        Assert.Contains("Another", (await RunAsync("workflow", "show", "night")).Output, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await RunAsync("workflow", "update", "night")).Code);
        Assert.Equal(ExitCode.Success, (await RunAsync("workflow", "delete", "night")).Code);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("workflow", "delete", "night")).Code);
        Assert.Equal(ExitCode.Success, (await RunAsync("workflow", "delete", "night", "--missing-ok")).Code);
    }

    [Fact]
    public async Task A_run_that_fails_says_where_and_what_became_of_the_branch()
    {
        lab.Document = """[{"id":"bad","value":-1}]""";
        Assert.Equal(
            ExitCode.Success,
            (await RunAsync("workflow", "create", "bad", "--file", await FileAsync(Night))).Code
        );
        var run = await RunAsync("experiment", "run", "bad", "--value", "purpose=bad");
        lab.Document = null;
        Assert.Equal(ExitCode.Failure, run.Code);
        Assert.Contains("check: failed: Checks do not hold: positive", run.Error, StringComparison.Ordinal);
        Assert.Contains("night-bad-v1 is marked as failed.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_waiting_and_in_JSON_the_result_is_the_run_and_nothing_else_is_written()
    {
        Assert.Equal(
            ExitCode.Success,
            (await RunAsync("workflow", "create", "quick", "--file", await FileAsync(Night))).Code
        );
        string[] command = ["experiment", "run", "quick", "--value", "purpose=json", "--json"];
        var begun = await RunAsync([.. command, "--no-wait"]);
        Assert.Equal((ExitCode.Success, ""), (begun.Code, begun.Error));
        var run = JsonParser.Default.Parse<Run>(begun.Output);
        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run.Name)).State);

        var refused = await RunAsync("experiment", "run", "quick");
        Assert.Equal(ExitCode.Usage, refused.Code);
        Assert.Contains("'purpose'", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("experiment", "run", "none")).Code);
    }

    [Fact]
    public async Task Whoever_leaves_is_told_that_the_run_does_not()
    {
        const string Waiting =
            """{"steps":[{"stepId":"fork","fork":{}},{"stepId":"w","waitForStreams":{"streamCount":1}}]}""";
        var file = await FileAsync(Waiting, ".json");
        Assert.Equal(ExitCode.Success, (await RunAsync("workflow", "create", "left", "--file", file)).Code);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(WorkflowLab.Token);
        var command = RunAsync(leave.Token, "experiment", "run", "left", "--value", "purpose=left");
        string? run = null;
        await SchedulerFixture.UntilAsync(async () =>
        {
            var runs = await lab.Jobs.ListRunsAsync(new() { Parent = $"{WorkflowLab.Parent}/jobs/left" }, lab.Key);
            run = runs.Runs.FirstOrDefault()?.Name;
            return run is not null && WorkflowLab.StatesOf(runs.Runs[0]).GetValueOrDefault("w") == "running";
        });
        await leave.CancelAsync();
        var left = await command;
        Assert.Equal(ExitCode.Cancelled, left.Code);
        Assert.Contains("follow it with 'dendrite job log left/", left.Error, StringComparison.Ordinal);
        Assert.Equal(RunState.Running, (await lab.GetRunAsync(run!)).State);
        await lab.FinishStreamAsync(WorkflowLab.BranchOf("left"));
        Assert.Equal(RunState.Succeeded, (await lab.EndAsync(run!)).State);
    }

    [Theory]
    [InlineData("steps: [", ".yaml")]
    [InlineData("steps: 7", ".yaml")]
    [InlineData("a: 1\n---\nb: 2", ".yaml")]
    [InlineData("a: &x [*x]", ".yaml")]
    [InlineData("{ \"steps\": 7 }", ".json")]
    [InlineData("{ \"unknown\": 7 }", ".json")]
    public async Task A_file_that_is_no_workflow_is_refused_with_its_reason(string text, string ending)
    {
        var refused = await RunAsync("workflow", "create", "none", "--file", await FileAsync(text, ending));
        Assert.Equal(ExitCode.BadData, refused.Code);
        Assert.Contains("is no workflow", refused.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("workflow", "create", "none", "--file", "/none.yaml")).Code);
    }

    [Fact]
    public async Task The_example_is_one_that_can_be_declared()
    {
        var source = await lab.Sync.GetSyncSourceAsync(new() { Name = WorkflowLab.Source }, lab.Key);
        await lab.Sync.CreateSyncSourceAsync(
            new()
            {
                Parent = WorkflowLab.Parent,
                SyncSourceId = "questionnaires",
                SyncSource = new() { Dataset = source.SyncSource.Dataset, Http = source.SyncSource.Http },
            },
            lab.Key
        );
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
            folder = folder.Parent!;
        var example = Path.Combine(folder.FullName, "examples", "night.yaml");
        var made = await RunAsync("workflow", "create", "example", "--file", example);
        Assert.Equal((ExitCode.Success, ""), (made.Code, made.Error));
        Assert.Contains("tags night-{date}", made.Output, StringComparison.Ordinal);
    }

    private static async Task<string> FileAsync(string text, string ending = ".yaml")
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("workflow").FullName, $"workflow{ending}");
        await File.WriteAllTextAsync(path, text, WorkflowLab.Token);
        return path;
    }

    private Task<(ExitCode Code, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAsync(WorkflowLab.Token, arguments);

    private async Task<(ExitCode Code, string Output, string Error)> RunAsync(
        CancellationToken cancellationToken,
        params string[] arguments
    )
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var host = new CliHost
        {
            Output = output,
            Error = error,
            OpenBinaryOutput = () => Stream.Null,
            GetVariable = lab.FindVariable,
            CurrentDirectory = Path.GetTempPath(),
            Connect = Platform.Connect,
        };
        var code = await new CliApplication(host).RunAsync(arguments, cancellationToken);
        return ((ExitCode)code, output.ToString(), error.ToString());
    }
}
