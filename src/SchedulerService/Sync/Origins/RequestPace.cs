namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// Spreads requests evenly, so that a source gets no more of them a second than it allows: by the steady clock, so one
/// that is set back makes nobody wait. Thread-safe.
/// </summary>
/// <param name="maxPerSecond">0: no limit.</param>
internal sealed class RequestPace(double maxPerSecond, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly long beginning = time.GetTimestamp();

    /// <summary>The first turn that is free, since the beginning.</summary>
    private TimeSpan next;

    /// <summary>Waits for the turn of one request.</summary>
    public Task WaitAsync(CancellationToken cancellationToken)
    {
        if (maxPerSecond <= 0)
        {
            return Task.CompletedTask;
        }

        TimeSpan wait;
        lock (gate)
        {
            // Turns are given out ahead: who asks later gets a later one.
            var now = time.GetElapsedTime(beginning);
            var turn = next > now ? next : now;
            next = turn + TimeSpan.FromSeconds(1 / maxPerSecond);
            wait = turn - now;
        }

        return wait > TimeSpan.Zero ? Task.Delay(wait, time, cancellationToken) : Task.CompletedTask;
    }
}
