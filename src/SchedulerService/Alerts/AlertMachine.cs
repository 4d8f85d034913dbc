using Dendrite.Storage.Alerts;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>
/// From one look to the next: pure.
/// <code>
/// quiet ──holds──► pending ──for hold──► firing ──holds not──► recovering ──for recovery_hold──► quiet
///   ▲                 │                    ▲                        │
///   └────holds not────┘                    └─────────holds──────────┘
/// </code>
/// A phase that is to last for no time is passed through in the same look. A figure that cannot be measured, because
/// nothing ran, does not hold.
/// </summary>
internal static class AlertMachine
{
    /// <param name="standing">How it stood at the last look; null where there was none.</param>
    /// <param name="holds">Whether the figure is on the wrong side of the threshold now.</param>
    public static AlertStep Advance(AlertStanding? standing, AlertHolds terms, bool holds, DateTimeOffset now)
    {
        var (phase, since) = standing ?? new(AlertPhase.Quiet, now);
        // Clocks of replicas differ a little, and a clock may be set back: what began later than now begins now.
        since = since > now ? now : since;
        var lasted = now - since;
        return (phase, holds) switch
        {
            (AlertPhase.Quiet, true) when terms.Hold <= TimeSpan.Zero => new(At(AlertPhase.Firing), now, false),
            (AlertPhase.Quiet, true) => new(At(AlertPhase.Pending), null, false),
            (AlertPhase.Pending, true) when lasted >= terms.Hold => new(At(AlertPhase.Firing), since, false),
            (AlertPhase.Pending, false) => new(At(AlertPhase.Quiet), null, false),
            (AlertPhase.Firing, false) when terms.Recovery <= TimeSpan.Zero => new(At(AlertPhase.Quiet), null, true),
            (AlertPhase.Firing, false) => new(At(AlertPhase.Recovering), null, false),
            (AlertPhase.Recovering, true) => new(At(AlertPhase.Firing), null, false),
            (AlertPhase.Recovering, false) when lasted >= terms.Recovery => new(At(AlertPhase.Quiet), null, true),
            _ => new(new(phase, since), null, false),
        };

        AlertStanding At(AlertPhase next) => new(next, now);
    }
}

/// <param name="Hold">For how long it must hold before it alerts.</param>
/// <param name="Recovery">For how long it must not hold before it is over.</param>
internal readonly record struct AlertHolds(TimeSpan Hold, TimeSpan Recovery)
{
    public static AlertHolds Of(AlertRuleRecord rule) => new(rule.Hold, rule.RecoveryHold ?? rule.Hold);
}

/// <summary>What a look found.</summary>
/// <param name="FiredSince">Where it begins to fire: since when it held. Null where it does not.</param>
/// <param name="IsOver">Whether it stops to fire.</param>
internal readonly record struct AlertStep(AlertStanding Standing, DateTimeOffset? FiredSince, bool IsOver);
