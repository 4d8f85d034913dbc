namespace Dendrite.Cli.Tests.Fakes;

/// <summary>Nobody waits.</summary>
internal sealed class HastyTime : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, TimeSpan.Zero, period);
}
