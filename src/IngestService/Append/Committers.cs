using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Append;

/// <summary>Writers that share these share their commits.</summary>
internal readonly record struct CommitterKey(ProjectId Project, TimelineId Timeline, string Author);

/// <summary>The committers in use: one for each branch and author that has a writer. Thread-safe.</summary>
internal sealed class Committers(AppendStore store, IngestOptions options, ILogger<TimelineCommitter> logger)
{
    private readonly Lock gate = new();
    private readonly Dictionary<CommitterKey, Entry> entries = [];

    /// <summary>Messages of all writers together.</summary>
    public ByteBudget ServerBudget { get; } = new(options.MaxBytesInFlight);

    /// <summary>
    /// What of it blocks may hold that wait for others: a quarter, so that those which they wait for always have room.
    /// </summary>
    public ByteBudget OvertakingBudget { get; } = new(options.MaxBytesInFlight / 4);

    /// <summary>Takes part in the key's commits until the lease is given back.</summary>
    public CommitterLease Join(CommitterKey key)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(key, out var entry))
            {
                var committer = new TimelineCommitter(key, store, options, logger);
                entry = new(committer, Task.Run(committer.RunAsync));
                entries.Add(key, entry);
            }

            entry.Members++;
            return new(this, key, entry.Committer);
        }
    }

    internal void Leave(CommitterKey key)
    {
        lock (gate)
        {
            var entry = entries[key];
            if (--entry.Members == 0)
            {
                entry.Committer.Complete();
                entries.Remove(key);
            }
        }
    }

    private sealed class Entry(TimelineCommitter committer, Task running)
    {
        public TimelineCommitter Committer { get; } = committer;
        public Task Running { get; } = running;
        public int Members { get; set; }
    }
}

/// <summary>
/// A writer's part in a committer. Items enqueued before it is given back are committed all the same.
/// </summary>
internal sealed class CommitterLease(Committers committers, CommitterKey key, TimelineCommitter committer) : IDisposable
{
    private int left;

    public void Enqueue(AppendItem item)
    {
        item.Writer.AddPending();
        committer.Enqueue(item);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref left, 1) == 0)
        {
            committers.Leave(key);
        }
    }
}
