namespace Dendrite.Operations.Tests;

/// <summary>
/// How replicas share the work is tested where operations are served, in <c>ComparisonService.Tests/Operations</c>.
/// </summary>
public sealed class OperationSignalsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Work_that_was_told_of_before_anybody_waited_wakes_the_next_one_who_does()
    {
        using var signals = new OperationSignals();

        signals.TellWork();

        await signals.WaitForWorkAsync(Timeout.InfiniteTimeSpan, Token).WaitAsync(Patience, Token);
    }

    [Fact]
    public void A_stop_is_heard_by_who_works_on_that_operation_of_that_project_and_by_nobody_else()
    {
        using var signals = new OperationSignals();
        var stopped = new List<string>();
        using var one = signals.Listen(new(1), "a", () => stopped.Add("1/a"));
        using var other = signals.Listen(new(2), "a", () => stopped.Add("2/a"));

        signals.TellStop(new(1), "a");
        signals.TellStop(new(1), "b");

        Assert.Equal(["1/a"], stopped);
    }

    [Fact]
    public void Who_ended_hears_no_more_and_who_took_over_in_the_same_process_still_does()
    {
        using var signals = new OperationSignals();
        var stopped = new List<string>();
        var first = signals.Listen(new(1), "a", () => stopped.Add("first"));
        using var second = signals.Listen(new(1), "a", () => stopped.Add("second"));

        first.Dispose();
        signals.TellStop(new(1), "a");

        Assert.Equal(["second"], stopped);
    }
}
