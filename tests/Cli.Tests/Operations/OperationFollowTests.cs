using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Errors;

namespace Dendrite.Cli.Tests.Operations;

/// <summary>An operation that is waited for while its service restarts, stays away, or somebody leaves.</summary>
public sealed class OperationFollowTests
{
    private const string HowToGoOn =
        "The operation goes on; follow it with 'dendrite operation wait 7', "
        + "stop it with 'dendrite operation cancel 7'.";

    [Fact]
    public async Task An_operation_is_waited_for_through_a_restart_of_its_service()
    {
        await using var platform = await FakePlatform.StartAsync();
        foreach (var look in new object[] { Going("reading"), Away, Away, Going("comparing"), Away, Done })
            platform.Operations.Looks.Enqueue(look);

        var run = await WaitAsync(platform);

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Contains("succeeded", run.Output, StringComparison.Ordinal);
        // Once for each loss, however often it was tried; and what it does, step by step.
        Assert.Equal(
            ["waiting", "reading", Lost, "comparing", Lost],
            run.Error.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
    }

    [Fact]
    public async Task A_service_that_stays_away_is_given_up_and_the_operation_is_not()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Operations.Looks.Enqueue(Away);

        var run = await WaitAsync(platform);

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.EndsWith($"{HowToGoOn}\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.InRange(platform.Operations.LookCount, 10, 50);
    }

    [Fact]
    public async Task Whoever_leaves_by_Ctrl_C_is_told_how_to_come_back()
    {
        await using var platform = await FakePlatform.StartAsync();
        using var leave = new CancellationTokenSource();
        platform.Operations.Looks.Enqueue(Going("comparing"));
        platform.Operations.After = (2, leave.Cancel);

        var run = await WaitAsync(platform, leave.Token);

        Assert.Equal(ExitCode.Cancelled, run.ExitCode);
        Assert.Contains($"error: Followed no more. {HowToGoOn}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operation_that_was_forgotten_meanwhile_is_not_said_to_go_on()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Operations.Looks.Enqueue(FakeState.Error(ErrorReason.OperationNotFound, "There is no operation '7'."));

        var run = await WaitAsync(platform);

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.DoesNotContain("goes on", run.Error, StringComparison.Ordinal);
    }

    private const string Lost = "warning: The connection was lost; trying again.";

    private static Exception Away => FakeState.Away();

    private static V1.Operation Done => FakeOperations.Done();

    private static V1.Operation Going(string step) => FakeOperations.Going(step);

    private static async Task<CommandRun> WaitAsync(FakePlatform platform, CancellationToken? leave = null)
    {
        using var output = new StringWriter();
        return await CommandRun.OfAsync(
            platform.Variables,
            ["operation", "wait", "7"],
            output,
            leave ?? TestContext.Current.CancellationToken,
            new HastyTime()
        );
    }
}
