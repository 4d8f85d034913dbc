namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>
/// How many items to ask for and to write at once: it grows by a step while nearly all goes well, and is halved where
/// much fails, so that what fails costs little and what works costs few calls. Thread-safe; pure.
/// </summary>
internal sealed class BatchSize
{
    /// <summary>Steps from the smallest to the largest.</summary>
    private const int Steps = 10;

    private const int Beginning = 100;
    private const double Good = 0.95;
    private const double Bad = 0.85;

    private readonly Lock gate = new();
    private readonly int least;
    private readonly int most;
    private readonly int step;
    private int current;

    /// <param name="least">At least 1.</param>
    public BatchSize(int least, int most)
    {
        (this.least, this.most) = (least, most);
        step = Math.Max(1, (most - least) / Steps);
        current = Math.Clamp(Beginning, least, most);
    }

    public int Current
    {
        get
        {
            lock (gate)
            {
                return current;
            }
        }
    }

    /// <summary>Takes into account how it went.</summary>
    /// <param name="succeeded">Items that came, or were written.</param>
    /// <param name="tried">Items that were asked for, or were to be written; 0 says nothing.</param>
    public void Observe(int succeeded, int tried)
    {
        if (tried <= 0)
        {
            return;
        }

        var ratio = (double)succeeded / tried;
        lock (gate)
        {
            current =
                ratio > Good ? Math.Min(most, current + step)
                : ratio < Bad ? Math.Max(least, current / 2)
                : current;
        }
    }
}
