namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>Says the time that it was told. Timers and spans are real: only what time it is, is not.</summary>
internal sealed class SetClock : TimeProvider
{
    private long ticks = DateTimeOffset.UnixEpoch.Ticks;

    public void Set(DateTimeOffset instant) => Interlocked.Exchange(ref ticks, instant.UtcTicks);

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);
}
