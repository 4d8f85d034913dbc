using System.Threading.Channels;
using Dendrite.ServiceDefaults.Caching;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>What a follower works with.</summary>
internal sealed record FollowerParts(
    TailSource Source,
    StepReader Steps,
    CommitNotices Notices,
    TailOptions Options,
    TimeProvider Time
);

/// <summary>
/// Follows one stream of one branch for all who tail it here: looks at the branch's head when it is told of a commit,
/// and now and then when it is not, and reads what came once for all. It never waits for a reader. Thread-safe.
/// </summary>
/// <remarks>
/// Commits come to it by no way that an append would wait for: a notice only sets a flag, and however many come while
/// it looks, it looks once more.
/// </remarks>
internal sealed class StreamFollower(FollowKey key, FollowerParts parts)
{
    private readonly Lock gate = new();
    private readonly List<TailCursor> cursors = [];

    // Never disposed: it has no timer.
    private readonly CancellationTokenSource ended = new();

    private readonly Channel<bool> told = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private long looks;
    private Exception? failure;

    /// <summary>What came last, for readers that are nearly up to date.</summary>
    public SharedSteps Shared { get; } = new(parts.Options.MaxSharedBytes);

    /// <summary>A reader's place; its first head is that of a look that begins from now on.</summary>
    public TailCursor Add()
    {
        lock (gate)
        {
            var cursor = new TailCursor(looks + 1);
            cursors.Add(cursor);
            if (failure is not null)
            {
                cursor.Fail(failure);
            }

            told.Writer.TryWrite(true);
            return cursor;
        }
    }

    /// <summary>The reader left.</summary>
    /// <returns>Whether any is left.</returns>
    public bool Remove(TailCursor cursor)
    {
        lock (gate)
        {
            cursors.Remove(cursor);
            return cursors.Count > 0;
        }
    }

    /// <summary>Ends <see cref="RunAsync"/>; nobody reads any more.</summary>
    public void Stop() => ended.Cancel();

    /// <summary>Nothing comes any more: readers get what there was, and then this.</summary>
    public void Fail(Exception error)
    {
        lock (gate)
        {
            failure = error;
            cursors.ForEach(cursor => cursor.Fail(error));
        }
    }

    /// <summary>Follows until <see cref="Stop"/>.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="Errors.DendriteException">As of <see cref="TailSource.LookAsync"/>.</exception>
    public async Task RunAsync()
    {
        var cancellation = ended.Token;
        TailHead? head = null;
        while (true)
        {
            var line = head?.Branch.Timeline;
            await using var watch = line is { } timeline
                ? parts.Notices.Watch(key.Project, key.Name.Branch, timeline, () => told.Writer.TryWrite(true))
                : null;
            do
            {
                await (watch?.ListenAsync() ?? Task.CompletedTask);
                head = await LookAsync(head, cancellation);
                if (head.Branch.Timeline == line)
                {
                    await WaitAsync(watch!, cancellation);
                }
            } while (head.Branch.Timeline == line);
            // On another line now (or the first): what was committed to it before it was watched was not told of.
        }
    }

    private async Task<TailHead> LookAsync(TailHead? before, CancellationToken cancellation)
    {
        long look;
        lock (gate)
        {
            look = ++looks;
        }

        var head = await parts.Source.LookAsync(key, before, cancellation);
        if (before is not null && !ReferenceEquals(head, before))
        {
            var isShared = head.IsOfOneLineWith(before) && IsReadBy(before);
            var (steps, most) = (parts.Steps, parts.Options.MaxSharedBytes);
            Shared.Add(isShared ? await steps.TryReadAsync(before, head, most, cancellation) : null);
        }

        var now = parts.Time.GetTimestamp();
        lock (gate)
        {
            foreach (var cursor in cursors.Where(cursor => cursor.FirstLook <= look))
            {
                cursor.Offer(head, now);
            }
        }

        return head;
    }

    /// <summary>Whether any reader is so near that it will take the step after this head from memory.</summary>
    private bool IsReadBy(TailHead head)
    {
        var nearest = Shared.Begins ?? head.Number;
        lock (gate)
        {
            return cursors.Exists(cursor => cursor.TakenNumber >= nearest);
        }
    }

    /// <summary>Waits for a notice, or as long as none has to be trusted.</summary>
    private async Task WaitAsync(CommitWatch watch, CancellationToken cancellation)
    {
        await Task.Delay(parts.Options.Pace, parts.Time, cancellation);
        using var patience = new CancellationTokenSource(
            watch.HearsOthers ? parts.Options.CheckInterval : parts.Options.PollInterval,
            parts.Time
        );
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            await told.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // Nobody told of anything: it is looked at all the same.
        }
    }
}
