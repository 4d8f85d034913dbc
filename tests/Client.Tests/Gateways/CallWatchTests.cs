using Dendrite.Client.Gateways;

namespace Dendrite.Client.Tests.Gateways;

public sealed class CallWatchTests
{
    /// <summary>A timer that is disposed does not wait for whoever is in its callback.</summary>
    [Fact]
    public void A_look_at_a_call_that_is_just_over_harms_nobody()
    {
        using var device = new TestDevice();
        var clock = new HeldTimers();
        var parts = GatewayWiring.Open(device.Options, clock);
        var watch = new CallWatch(parts.Outbox, TimeSpan.FromSeconds(1), clock, TestContext.Current.CancellationToken);
        clock.Now = TimeSpan.FromSeconds(2).Ticks;
        watch.Dispose();
        Assert.All(clock.Callbacks, look => look());
        Assert.Single(clock.Callbacks);
        parts.Spool.Dispose();
    }

    private sealed class HeldTimers : TimeProvider
    {
        public List<Action> Callbacks { get; } = [];

        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period)
        {
            Callbacks.Add(() => callback(state));
            return base.CreateTimer(_ => { }, null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
