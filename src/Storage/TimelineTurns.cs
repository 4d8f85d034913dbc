using Dendrite.Versioning;

namespace Dendrite.Storage;

/// <summary>
/// Transactions of this process that commit to one timeline take turns here, before they take a connection: the commit
/// door lets one through at a time, and who waits there holds a connection that others could work with. First come,
/// first served. Thread-safe.
/// </summary>
internal sealed class TimelineTurns
{
    private readonly Lock gate = new();
    private readonly Dictionary<TimelineId, Line> lines = [];

    /// <summary>Waits for the turn; dispose it to let the next one in.</summary>
    public async Task<IDisposable> TakeAsync(TimelineId timeline, CancellationToken cancellationToken)
    {
        Line? line;
        lock (gate)
        {
            if (!lines.TryGetValue(timeline, out line))
            {
                lines.Add(timeline, line = new());
            }

            line.Members++;
        }

        try
        {
            await line.Turn.WaitAsync(cancellationToken);
        }
        catch
        {
            Leave(timeline, line);
            throw;
        }

        return new Turn(this, timeline, line);
    }

    /// <summary>Whether somebody has the turn, or waits for it.</summary>
    public bool AreTaken(TimelineId timeline)
    {
        lock (gate)
        {
            return lines.ContainsKey(timeline);
        }
    }

    private void Leave(TimelineId timeline, Line line)
    {
        lock (gate)
        {
            if (--line.Members == 0)
            {
                lines.Remove(timeline);
                line.Turn.Dispose();
            }
        }
    }

    /// <summary>Who waits for a timeline, and who has it.</summary>
    private sealed class Line
    {
        public SemaphoreSlim Turn { get; } = new(1, 1);
        public int Members { get; set; }
    }

    private sealed class Turn(TimelineTurns turns, TimelineId timeline, Line line) : IDisposable
    {
        private int ended;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref ended, 1) == 0)
            {
                line.Turn.Release();
                turns.Leave(timeline, line);
            }
        }
    }
}
