using Dendrite.Errors;
using Dendrite.Storage;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>The streams that are followed here: one follower for each that anybody tails. Thread-safe.</summary>
internal sealed class StreamFollowers(FollowerParts parts)
{
    private readonly Lock gate = new();
    private readonly Dictionary<FollowKey, StreamFollower> followers = [];
    private readonly Dictionary<ProjectId, int> tailsOf = [];
    private int tails;
    private int running;

    /// <summary>Tails that are open.</summary>
    public int TailCount => Volatile.Read(ref tails);

    /// <summary>Followers that are at work; they end a moment after their last reader.</summary>
    public int FollowerCount => Volatile.Read(ref running);

    /// <summary>Follows the stream until the lease is given back.</summary>
    /// <exception cref="DendriteException">QUOTA_EXCEEDED: there are too many tails.</exception>
    public TailLease Join(FollowKey key)
    {
        lock (gate)
        {
            var ofProject = tailsOf.GetValueOrDefault(key.Project);
            ThrowIfFull(key, ofProject);
            if (!followers.TryGetValue(key, out var follower))
            {
                follower = new(key, parts);
                followers.Add(key, follower);
                _ = RunAsync(key, follower);
            }

            (tailsOf[key.Project], tails) = (ofProject + 1, tails + 1);
            return new(this, key, follower);
        }
    }

    internal void Leave(TailLease lease)
    {
        lock (gate)
        {
            tails--;
            if (--tailsOf[lease.Key.Project] == 0)
            {
                tailsOf.Remove(lease.Key.Project);
            }

            if (!lease.Follower.Remove(lease.Cursor))
            {
                lease.Follower.Stop();
                Forget(lease.Key, lease.Follower);
            }
        }
    }

    private async Task RunAsync(FollowKey key, StreamFollower follower)
    {
        Interlocked.Increment(ref running);
        try
        {
            await Task.Run(follower.RunAsync);
        }
        catch (Exception error)
        {
            lock (gate)
            {
                // Who comes next is to find out anew.
                Forget(key, follower);
            }

            // Each reader's call says it, and the log once for each: nothing to add. After a stop there is none.
            follower.Fail(error);
        }
        finally
        {
            Interlocked.Decrement(ref running);
        }
    }

    private void Forget(FollowKey key, StreamFollower follower)
    {
        if (ReferenceEquals(followers.GetValueOrDefault(key), follower))
        {
            followers.Remove(key);
        }
    }

    private void ThrowIfFull(FollowKey key, int ofProject)
    {
        var options = parts.Options;
        if (ofProject >= options.MaxTailsOfProject)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"projects/{key.Name.Project} has {ofProject} tails open at this replica, which is as many as one "
                    + "project may have: end one of them, or read with ReadSamples from time to time."
            );
        }

        if (tails >= options.MaxTails)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"This replica holds {tails} tails, which is as many as it may: try another one, or later."
            );
        }
    }
}

/// <summary>A reader's part in a follower.</summary>
internal sealed class TailLease(StreamFollowers followers, FollowKey key, StreamFollower follower) : IDisposable
{
    private int left;

    public FollowKey Key => key;

    public StreamFollower Follower => follower;

    public TailCursor Cursor { get; } = follower.Add();

    public void Dispose()
    {
        if (Interlocked.Exchange(ref left, 1) == 0)
        {
            followers.Leave(this);
        }
    }
}
