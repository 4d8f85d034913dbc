using Dendrite.Cli.Hosting;
using Dendrite.Cli.Tests.Fakes;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.Cli.Tests.Jobs;

/// <summary>Commands that follow a run whose scheduler restarts, stays away, or that are left by Ctrl-C.</summary>
public sealed class RunFollowTests
{
    private const string HowToGoOn =
        "The run goes on; follow it with 'dendrite job log nightly/7 --follow', "
        + "stop it with 'dendrite job cancel nightly/7'.";

    public static TheoryData<string> Followers => new("job run nightly --follow", "experiment run nightly");

    [Theory]
    [MemberData(nameof(Followers))]
    public async Task A_run_is_followed_through_a_restart_of_the_scheduler(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        foreach (var look in new object[] { FakeRuns.Going(), Away, Away, FakeRuns.Going(), Away, FakeRuns.Done() })
            platform.Runs.Looks.Enqueue(look);
        var run = await RunAsync(platform, command);

        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Contains("succeeded", run.Output, StringComparison.Ordinal);
        // Once for each loss, however often it was tried.
        Assert.Equal(2, run.Error.Split("warning: The connection was lost; trying again.").Length - 1);
    }

    [Theory]
    [InlineData(StatusCode.Internal)]
    [InlineData(StatusCode.Unknown)]
    [InlineData(StatusCode.Cancelled)]
    public async Task A_connection_that_is_cut_off_without_a_word_of_the_platform_is_made_again(StatusCode code)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Looks.Enqueue(FakeRuns.Going());
        platform.Runs.Looks.Enqueue(new RpcException(new Status(code, "The HTTP/2 server sent GOAWAY.")));
        platform.Runs.Looks.Enqueue(FakeRuns.Done());
        var run = await RunAsync(platform, "job run nightly --follow");
        Assert.True(run.ExitCode == ExitCode.Success, run.Error);
        Assert.Contains("The connection was lost; trying again.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_platform_says_itself_of_a_failure_is_the_end_of_following()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Looks.Enqueue(FakeRuns.Going());
        platform.Runs.Looks.Enqueue(FakeState.Error(ErrorReason.Internal, "It is ours to mend."));
        platform.Runs.Looks.Enqueue(FakeRuns.Done());
        var run = await RunAsync(platform, "job run nightly --follow");
        Assert.NotEqual(ExitCode.Success, run.ExitCode);
        Assert.Contains("It is ours to mend.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_log_whose_connection_is_lost_each_line_comes_once()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Lines.AddRange(["one", "two", "three"]);
        platform.Runs.Looks.Enqueue(FakeRuns.Done());
        var log = await RunAsync(platform, "job log nightly/7 --follow");
        Assert.Equal(ExitCode.Success, log.ExitCode);
        Assert.Equal(["one", "two", "three"], Said(log.Output));

        platform.Runs.Looks.Enqueue(Away);
        platform.Runs.Looks.Enqueue(FakeRuns.Done());
        var run = await RunAsync(platform, "job run nightly --follow");
        Assert.Equal(["one", "two", "three"], Said(run.Error).Where(line => !line.Contains(' ')));
    }

    [Theory]
    [InlineData(RunState.Succeeded, ExitCode.Success)]
    [InlineData(RunState.Skipped, ExitCode.Success)]
    [InlineData(RunState.Failed, ExitCode.Failure)]
    [InlineData(RunState.Cancelled, ExitCode.Failure)]
    public async Task A_log_that_is_followed_to_its_end_says_whether_the_run_succeeded(RunState state, object expected)
    {
        await using var platform = await FakePlatform.StartAsync();
        var ended = FakeRuns.Done();
        ended.State = state;
        // The scheduler is away when the log has ended: how the run did is asked for again.
        foreach (var look in new object[] { ended, Away, ended })
            platform.Runs.Looks.Enqueue(look);
        var followed = await RunAsync(platform, "job log nightly/7 --follow");
        Assert.Equal(expected, followed.ExitCode);

        var read = await RunAsync(platform, "job log nightly/7");
        Assert.Equal(ExitCode.Success, read.ExitCode);
    }

    [Fact]
    public async Task A_followed_log_whose_connection_is_lost_goes_on_after_the_last_line_that_came()
    {
        await using var platform = await FakePlatform.StartAsync();
        var first = true;
        // Its lines come while it is followed: a line a call.
        platform.Runs.Looks.Enqueue(Away);
        platform.Runs.Looks.Enqueue(FakeRuns.Done());
        platform.Runs.After = (
            1,
            () =>
            {
                if (first)
                    platform.Runs.Lines.AddRange(["one", "two"]);
                first = false;
            }
        );
        var log = await RunAsync(platform, "job log nightly/7 --follow");
        Assert.Equal(ExitCode.Success, log.ExitCode);
        Assert.Equal(["one", "two"], Said(log.Output));
        Assert.Equal([0L, 0, 0, 1, 2], platform.Runs.Starts);
    }

    [Theory]
    [MemberData(nameof(Followers))]
    public async Task A_scheduler_that_stays_away_is_given_up_and_the_run_is_not(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Looks.Enqueue(Away);
        var run = await RunAsync(platform, command);

        Assert.Equal(ExitCode.Unavailable, run.ExitCode);
        Assert.EndsWith($"{HowToGoOn}\n", run.Error.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        // Repeated, the command would begin another run.
        Assert.DoesNotContain("repeat", run.Error, StringComparison.Ordinal);
        Assert.InRange(platform.Runs.LookCount, 10, 50);
        var json = await RunAsync(platform, $"{command} --json");
        Assert.Contains(HowToGoOn, json.Error, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"UNAVAILABLE\"", json.Error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Followers))]
    [InlineData("job log nightly/7 --follow")]
    public async Task Whoever_leaves_by_Ctrl_C_is_told_how_to_come_back(string command)
    {
        await using var platform = await FakePlatform.StartAsync();
        using var leave = new CancellationTokenSource();
        platform.Runs.Looks.Enqueue(command.StartsWith("job log", StringComparison.Ordinal) ? Away : FakeRuns.Going());
        platform.Runs.After = (2, leave.Cancel);
        var run = await RunAsync(platform, command, leave.Token);

        Assert.Equal(ExitCode.Cancelled, run.ExitCode);
        Assert.Contains($"error: Followed no more. {HowToGoOn}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("acknowledged", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_attempt_of_a_step_is_told_with_its_reason_and_when_the_next_one_is()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Looks.Enqueue(FakeRuns.At("running", attempts: 1, ""));
        platform.Runs.Looks.Enqueue(FakeRuns.At("running", attempts: 2, "The source is away."));
        var waiting = FakeRuns.At("running", attempts: 2, "The source is away.");
        waiting.State = RunState.Waiting;
        waiting.NextAttemptTime = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).ToTimestamp();
        platform.Runs.Looks.Enqueue(waiting);
        platform.Runs.Looks.Enqueue(FakeRuns.At("running", attempts: 2, "The source is away."));
        var done = FakeRuns.At("succeeded", attempts: 2, "Pulled 3 items.");
        done.MergeFrom(FakeRuns.Done());
        platform.Runs.Looks.Enqueue(done);
        var run = await RunAsync(platform, "experiment run nightly");

        Assert.Equal(
            [
                "collect: running",
                "  pulling",
                "collect: attempt 1 failed: The source is away.",
                "  the next attempt is at 2026-01-02 03:04:05Z",
                "collect: succeeded: Pulled 3 items.",
            ],
            run.Error.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1)
        );
    }

    [Fact]
    public async Task A_run_that_was_deleted_is_not_said_to_go_on()
    {
        await using var platform = await FakePlatform.StartAsync();
        platform.Runs.Looks.Enqueue(FakeRuns.Going());
        platform.Runs.Looks.Enqueue(FakeState.Error(ErrorReason.RunNotFound, "Job 'nightly' has no run '7'."));
        var run = await RunAsync(platform, "job run nightly --follow");

        Assert.Equal(ExitCode.NotFound, run.ExitCode);
        Assert.DoesNotContain("goes on", run.Error, StringComparison.Ordinal);
    }

    private static Exception Away => FakeState.Away();

    private static IEnumerable<string> Said(string lines) =>
        lines
            .ReplaceLineEndings("\n")
            .Split('\n')
            .Where(line => line.Contains("  "))
            .Select(line => line.Split("  ")[^1]);

    private static async Task<CommandRun> RunAsync(
        FakePlatform platform,
        string command,
        CancellationToken? leave = null
    )
    {
        using var output = new StringWriter();
        return await CommandRun.OfAsync(
            platform.Variables,
            command.Split(' '),
            output,
            leave ?? TestContext.Current.CancellationToken,
            new HastyTime()
        );
    }
}
