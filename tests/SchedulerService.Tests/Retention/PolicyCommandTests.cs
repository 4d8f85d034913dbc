using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>The life of a policy by the command line, against the real services.</summary>
public sealed class PolicyCommandTests : IAsyncLifetime
{
    private readonly RetentionLab lab = new();

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task A_policy_is_made_shown_changed_previewed_and_deleted()
    {
        var made = await SayAsync("policy", "create", "trials", "--filter", "kind = TRIAL", "--keep", "36h");
        Assert.Contains("keeps       1 d 12 h since created", made, StringComparison.Ordinal);
        Assert.Contains("warns       nobody", made, StringComparison.Ordinal);
        Assert.Contains("restorable  7 d", made, StringComparison.Ordinal);
        var changed = await SayAsync("policy", "update", "trials", "--since", "last-commit", "--warn-before", "12h");
        Assert.Contains("keeps       1 d 12 h since last-commit", changed, StringComparison.Ordinal);
        Assert.Contains("warns       12 h before the end", changed, StringComparison.Ordinal);
        var listed = await SayAsync("policy", "list");
        Assert.Matches("trials +1 d 12 h +last-commit +12 h before +stay +on +kind = TRIAL", listed);
        Assert.Matches("completed +7 d +experiment-end +1 d before +stay +on +experiment.state = COMPLETED", listed);

        Assert.Contains(
            "(disabled)",
            await SayAsync("policy", "update", "trials", "--disabled"),
            StringComparison.Ordinal
        );
        var on = await SayAsync("policy", "update", "trials", "--disabled", "false", "--no-warning");
        Assert.DoesNotContain("(disabled)", on, StringComparison.Ordinal);
        Assert.Contains("warns       nobody", on, StringComparison.Ordinal);
        Assert.Contains("retentionPolicies/trials.", await SayAsync("policy", "delete", "trials"));
        Assert.Equal(ExitCode.NotFound, (await RunAsync("policy", "show", "trials")).ExitCode);
        Assert.Equal(ExitCode.Success, (await RunAsync("policy", "delete", "trials", "--missing-ok")).ExitCode);
    }

    [Fact]
    public async Task A_preview_says_what_goes_and_counts_what_stays()
    {
        Assert.Contains("No policy matches any branch", await SayAsync("policy", "preview"), StringComparison.Ordinal);
        await lab.CreateAsync("failed", ExperimentState.Failed);
        await lab.CreateAsync("completed", ExperimentState.Completed);
        await lab.PassAsync(TimeSpan.FromDays(1));
        var preview = await SayAsync("policy", "preview");
        Assert.Matches("failed +delete +2047-03-02 12:00:00Z +0 B +anna@lab +policy 'failed' keeps it 1 d", preview);
        Assert.DoesNotContain("policy 'completed'", preview, StringComparison.Ordinal);
        Assert.Contains(
            "1 goes (0 B), 0 near their end, 0 due and in use, 0 deleted and still restorable, 1 stay.",
            preview,
            StringComparison.Ordinal
        );
        await lab.CreateAsync("running", ExperimentState.Running);
        var all = await SayAsync("policy", "preview", "--all");
        Assert.Contains("policy 'completed'", all, StringComparison.Ordinal);
        Assert.Matches("main +keep .*no policy matches it, and it has no expiry", all);
        string[] named = ["completed", "failed", "main", "running"];
        var lines = all.Split('\n').Select(line => line.Split(' ')[0]);
        Assert.Equal(named, lines.Where(named.Contains));
        Assert.Contains(
            "1 goes (0 B), 0 near their end, 0 due and in use, 0 deleted and still restorable, 1 stay, "
                + "and 2 without policy and expiry.",
            all,
            StringComparison.Ordinal
        );
        var later = await SayAsync("policy", "preview", "--at", "2047-03-09", "--policy", "completed");
        Assert.Contains("1 go", later, StringComparison.Ordinal);
        var json = JsonDocument.Parse(await SayAsync("policy", "preview", "--json")).RootElement;
        Assert.Equal(2, json.GetProperty("decisions").GetArrayLength());
    }

    [Fact]
    public async Task An_owner_extends_a_branch_and_takes_that_back()
    {
        await lab.CreateAsync("failed", ExperimentState.Failed);
        Assert.Contains(
            "expires  2047-03-31 12:00",
            await SayAsync("branch", "extend", "failed", "30d"),
            StringComparison.Ordinal
        );
        await lab.PassAsync(TimeSpan.FromDays(1));
        var kept = await SayAsync("policy", "preview", "--all");
        Assert.Contains("its own expiry on 2047-03-31 12:00 UTC", kept, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "expires",
            await SayAsync("branch", "extend", "failed", "--off"),
            StringComparison.Ordinal
        );
        Assert.Contains("1 go", await SayAsync("policy", "preview"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await RunAsync("branch", "extend", "failed")).ExitCode);
        Assert.Equal(ExitCode.Usage, (await RunAsync("branch", "extend", "failed", "1d", "--off")).ExitCode);
    }

    [Theory]
    [InlineData("policy create x", "'--keep' is required")]
    [InlineData("policy create x --keep soon", "'soon' is not a time")]
    [InlineData("policy create x --keep 7d --since yesterday", "'yesterday' is no basis")]
    [InlineData("policy update completed", "Nothing to change")]
    [InlineData("policy update completed --warn-before 1h --no-warning", "exclude each other")]
    [InlineData("policy preview --at tomorrow", "'tomorrow' is no instant")]
    [InlineData("policy create x --keep 7d --filter kind=MAIN", "never taken")]
    [InlineData("policy create x --keep 1h", "less than a day")]
    public async Task What_cannot_be_is_said_and_nothing_is_made(string line, string problem)
    {
        var run = await RunAsync(line.Split(' '));
        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.NotFound, (await RunAsync("policy", "show", "x")).ExitCode);
    }

    private async Task<string> SayAsync(params string[] args)
    {
        var run = await RunAsync(args);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    private Task<CommandRun> RunAsync(params string[] args) => CommandRun.OfAsync(lab.Variables, args);
}
