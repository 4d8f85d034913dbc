using System.Text.Json;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests;

namespace Dendrite.SchedulerService.Tests.Care;

/// <summary><c>dendrite storage</c> against the real service.</summary>
public sealed class StorageCommandTests
{
    [Fact]
    public async Task Of_an_installation_of_which_nothing_is_known_yet_that_is_said()
    {
        await using var lab = await CareLab.StartAsync(("ConnectionStrings:care", null));

        var forecast = await SayAsync(lab, "storage", "forecast");
        Assert.Contains("disk      unknown", forecast, StringComparison.Ordinal);
        Assert.Matches("this project +not measured yet", forecast);
        Assert.Contains(
            "Nothing is to be done about any table. See all of them with --all.",
            await SayAsync(lab, "storage", "preview"),
            StringComparison.Ordinal
        );
        Assert.Equal(
            "Nothing was done about any table yet.\n",
            (await SayAsync(lab, "storage", "actions")).ReplaceLineEndings("\n")
        );
        var plan = await SayAsync(lab, "storage", "preview", "--all");
        Assert.Matches("signals.block .* none +never by itself", plan);
        Assert.Contains("ConnectionStrings:care is not configured", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_due_is_planned_and_what_was_done_is_listed_with_its_effect()
    {
        await using var lab = await CareLab.StartAsync(("Scheduler:Alerts:DiskCapacityBytes", "1000000000000"));
        await lab.AddBlocksAsync(1_000);
        await lab.LookAsync();
        await lab.DeleteBlocksAsync(20);

        var plan = await SayAsync(lab, "storage", "preview");
        Assert.Contains(
            "This hour is usually busy; the next quiet hour begins 2047-03-02 01:00:00Z",
            plan,
            StringComparison.Ordinal
        );
        Assert.Contains("(as configured: too few days are known)", plan, StringComparison.Ordinal);
        Assert.Matches("signals.block .* vacuum +2047-03-02 01:00:00Z +.* of it is dead", plan);
        Assert.Matches("this project +4.0 MiB .* too little history", await SayAsync(lab, "storage", "forecast"));

        lab.PassToNight();
        await lab.RunAsync();

        Assert.Matches(
            @"2047-03-02 02:00:00Z +0\.0 s +signals.block +vacuum +done +.* MiB -> .* MiB +\d+ -> 0 +",
            await SayAsync(lab, "storage", "actions", "--table", "signals.block")
        );
        var json = JsonDocument.Parse(await SayAsync(lab, "storage", "actions", "--json")).RootElement;
        Assert.Equal("0", json.GetProperty("actions")[0].GetProperty("deadRowsAfter").GetString());
        json = JsonDocument.Parse(await SayAsync(lab, "storage", "forecast", "--json", "--window", "7d")).RootElement;
        Assert.Equal("1000000000000", json.GetProperty("disk").GetProperty("totalBytes").GetString());
    }

    [Theory]
    [InlineData("storage forecast --window soon", "'soon' is not a time")]
    [InlineData("storage forecast --window 1s", "window")]
    [InlineData("storage actions --limit 0", "at least 1")]
    [InlineData("storage", "required")]
    public async Task What_cannot_be_is_said(string line, string problem)
    {
        await using var lab = await CareLab.StartAsync();

        var run = await RunAsync(lab, line.Split(' '));

        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(problem, run.Error, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> SayAsync(CareLab lab, params string[] args)
    {
        var run = await RunAsync(lab, args);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        return run.Output;
    }

    private static Task<CommandRun> RunAsync(CareLab lab, string[] args) =>
        CommandRun.OfAsync(CommandRun.Variables(lab.AdminKey, _ => lab.Replica.Grpc.ToString()), args);
}
