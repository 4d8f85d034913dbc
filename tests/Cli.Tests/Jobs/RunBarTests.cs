using Dendrite.Cli.Jobs;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Tests.Jobs;

/// <summary>How far the bar of a followed run is.</summary>
public sealed class RunBarTests
{
    private static readonly Timestamp Then = new() { Seconds = 1_767_323_045 };
    private static readonly OperationProgress Begun = new() { Step = "counting" };
    private static readonly OperationProgress Half = new()
    {
        Step = "pulling",
        Done = 3,
        Total = 6,
    };

    [Theory]
    [InlineData(RunState.Succeeded)]
    [InlineData(RunState.Skipped)]
    public void Of_a_run_that_ended_as_wanted_it_is_full_whatever_was_said_last(RunState state)
    {
        foreach (var said in new[] { null, Begun, Half })
        {
            var bar = RunBar.Of(Ended(state, said));
            Assert.Equal((bar.Total, false), (bar.Done, bar.IsIndeterminate));
            Assert.Equal(RunView.StateOf(Ended(state, said)), bar.Text);
        }
    }

    [Fact]
    public void Of_one_that_failed_it_stays_where_it_was()
    {
        Assert.Equal(new("failed", 3, 6, false), RunBar.Of(Ended(RunState.Failed, Half)));
        Assert.Equal(new("cancelled", 0, 1, false), RunBar.Of(Ended(RunState.Cancelled, null)));
    }

    [Fact]
    public void While_it_goes_on_it_says_what_is_done_or_what_is_waited_for()
    {
        Assert.Equal(new("waiting for its turn", 0, 1, false), RunBar.Of(new() { State = RunState.Queued }));
        Assert.Equal(new("counting", 0, 1, true), RunBar.Of(new() { State = RunState.Running, Progress = Begun }));
        Assert.Equal(new("pulling", 3, 6, false), RunBar.Of(new() { State = RunState.Running, Progress = Half }));
        var waiting = new Run
        {
            State = RunState.Waiting,
            Progress = Half,
            NextAttemptTime = Then,
        };
        Assert.Equal("the next attempt is at 2026-01-02 03:04:05Z", RunBar.Of(waiting).Text);
    }

    private static Run Ended(RunState state, OperationProgress? said) =>
        new()
        {
            State = state,
            Progress = said,
            EndTime = Then,
        };
}
