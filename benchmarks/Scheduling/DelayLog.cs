using Dendrite.Benchmarks.Measuring;

namespace Dendrite.Benchmarks.Scheduling;

/// <summary>How late each run of a round began. Thread-safe.</summary>
internal sealed class DelayLog
{
    private readonly Lock gate = new();
    private readonly List<double> milliseconds = [];
    private readonly HashSet<string> seen = [];
    private DateTimeOffset last;
    private int twice;

    public int Count
    {
        get
        {
            lock (gate)
                return milliseconds.Count;
        }
    }

    /// <summary>When the latest of them began.</summary>
    public DateTimeOffset Last
    {
        get
        {
            lock (gate)
                return last;
        }
    }

    /// <summary>Runs of a job that had run in this round: nobody may run one twice.</summary>
    public int Twice
    {
        get
        {
            lock (gate)
                return twice;
        }
    }

    public void Add(string job, DateTimeOffset due, DateTimeOffset began)
    {
        lock (gate)
        {
            twice += seen.Add(job) ? 0 : 1;
            last = began > last ? began : last;
            milliseconds.Add((began - due).TotalMilliseconds);
        }
    }

    /// <summary>What a share of the delays stays under, in milliseconds.</summary>
    public Series Share(double share)
    {
        lock (gate)
        {
            milliseconds.Sort();
            return new Series([milliseconds[(int)Math.Ceiling(share * milliseconds.Count) - 1]]);
        }
    }
}
