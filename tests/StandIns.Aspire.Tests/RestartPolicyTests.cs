using Aspire.Hosting.Running;

namespace Dendrite.StandIns.Aspire.Tests;

public sealed class RestartPolicyTests
{
    private static readonly Ending Crash = new(ExitCode: 137, WasEverHealthy: true, IsChecked: true, Restarts: 0);

    [Fact]
    public void What_was_healthy_is_started_again() => Assert.Equal(AfterEnding.Restarts, RestartPolicy.Decide(Crash));

    [Fact]
    public void A_checked_service_that_ends_in_order_is_started_again_too() =>
        Assert.Equal(AfterEnding.Restarts, RestartPolicy.Decide(Crash with { ExitCode = 0 }));

    [Fact]
    public void What_was_never_healthy_fails() =>
        Assert.Equal(AfterEnding.Fails, RestartPolicy.Decide(Crash with { WasEverHealthy = false }));

    [Fact]
    public void What_crashes_again_and_again_fails() =>
        Assert.Equal(AfterEnding.Fails, RestartPolicy.Decide(Crash with { Restarts = RestartPolicy.MaxRestarts }));

    [Fact]
    public void A_program_without_a_check_that_ends_in_order_is_done() =>
        Assert.Equal(AfterEnding.Finished, RestartPolicy.Decide(Crash with { IsChecked = false, ExitCode = 0 }));

    [Fact]
    public void Delays_double_and_end_at_five_seconds()
    {
        Assert.Equal(TimeSpan.FromMilliseconds(100), RestartPolicy.Delay(0));
        Assert.Equal(TimeSpan.FromMilliseconds(200), RestartPolicy.Delay(1));
        Assert.Equal(TimeSpan.FromSeconds(5), RestartPolicy.Delay(9));
    }
}
