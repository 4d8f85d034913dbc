using System.Threading.Channels;
using Dendrite.Errors;
using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.IngestService.Append;

/// <summary>
/// Commits what the writers of one branch send: while one commit is on its way to the disk, the next gathers, so
/// commits grow with the load by themselves and a lone block waits for nothing. Its queue is bounded by the writers'
/// byte budgets.
/// </summary>
internal sealed partial class TimelineCommitter(
    CommitterKey key,
    AppendStore store,
    IngestOptions options,
    ILogger<TimelineCommitter> logger
)
{
    /// <summary>
    /// Small messages fill a commit by number before they fill it by bytes; keeps a transaction's size sane.
    /// </summary>
    private const int MaxItems = 4_096;

    private const int MaxMessageLength = 1_000;

    private readonly Channel<AppendItem> queue = Channel.CreateUnbounded<AppendItem>(new() { SingleReader = true });

    public void Enqueue(AppendItem item) => queue.Writer.TryWrite(item);

    /// <summary>No more items come; <see cref="RunAsync"/> ends when the queue is empty.</summary>
    public void Complete() => queue.Writer.TryComplete();

    public async Task RunAsync()
    {
        while (await queue.Reader.WaitToReadAsync())
        {
            var writers = Gather()
                .GroupBy(item => item.Writer)
                .ToDictionary(group => group.Key, group => group.ToArray());
            DropFailed(writers);
            if (writers.Count > 0)
            {
                await CommitAsync(writers);
            }
        }
    }

    private List<AppendItem> Gather()
    {
        List<AppendItem> items = [];
        long bytes = 0;
        while (items.Count < MaxItems && bytes < options.MaxCommitBytes && queue.Reader.TryRead(out var item))
        {
            items.Add(item);
            bytes += item.Bytes;
        }

        return items;
    }

    /// <summary>A failed writer's later items would leave a hole where the failed ones were.</summary>
    private static void DropFailed(Dictionary<StreamWriter, AppendItem[]> writers)
    {
        foreach (var (writer, items) in writers.Where(entry => entry.Key.Failure is not null).ToArray())
        {
            writer.Settle(items);
            writers.Remove(writer);
        }
    }

    private async Task CommitAsync(Dictionary<StreamWriter, AppendItem[]> writers)
    {
        var seen = writers.Keys.Select(writer => writer.Opened.Seen).Aggregate(Snapshot.Union);
        var appends = writers.ToDictionary(entry => ToAppend(entry.Key, entry.Value), entry => entry.Key);
        var author = new CommitAuthor(key.Project, key.Timeline, key.Author, Message(writers.Keys));
        try
        {
            // Not cancelled by any one caller: the commit belongs to all of them, and a half-known end would fence
            // them all.
            var result = await store.CommitAsync(author, seen, appends.Keys.ToArray(), CancellationToken.None);
            Settle(writers, appends, result);
        }
        catch (Exception error)
        {
            Fail(writers, error);
        }
    }

    private static StreamAppend ToAppend(StreamWriter writer, AppendItem[] items) =>
        new(writer.Opened.Stream.StreamId, writer.Opened.Lease.Epoch, writer.Durable.GroupEnds, items[^1].GroupEnds)
        {
            Blocks = items.SelectMany(item => item.Blocks).ToArray(),
            Gaps = items.SelectMany(item => item.Gaps).ToArray(),
            Anchors = items.SelectMany(item => item.Anchors).ToArray(),
            Annotations = items.SelectMany(item => item.Annotations).ToArray(),
            Finish = items[^1].Finish,
            Request = items[^1].Request,
        };

    private static void Settle(
        Dictionary<StreamWriter, AppendItem[]> writers,
        Dictionary<StreamAppend, StreamWriter> appends,
        AppendResult result
    )
    {
        var fenced = result.Fenced.ToDictionary(refusal => appends[refusal.Append]);
        foreach (var (writer, items) in writers)
        {
            if (fenced.TryGetValue(writer, out var now))
            {
                writer.Fail(Fenced(writer, now));
                writer.Settle(items);
            }
            else
            {
                writer.Commit(items, result.Version!.Value);
            }
        }
    }

    /// <summary>
    /// Whether the commit happened may not be known (the connection may have been lost in the middle of it), so
    /// nothing is retried here: each client opens its stream again, which waits for the commit or fences it, and says
    /// where to go on.
    /// </summary>
    private void Fail(Dictionary<StreamWriter, AppendItem[]> writers, Exception error)
    {
        var failure = error as DendriteException;
        if (failure is null or { Reason: ErrorReason.Unavailable })
        {
            LogCommitFailed(logger, error, key.Timeline.Value, writers.Count);
        }

        failure ??= new(
            ErrorReason.Unavailable,
            "The commit failed and may or may not have been stored: open the stream again, and go on from the "
                + "sample it says.",
            error
        );
        foreach (var (writer, items) in writers)
        {
            writer.Fail(failure);
            writer.Settle(items);
        }
    }

    private static DendriteException Fenced(StreamWriter writer, FencedAppend now)
    {
        var name = writer.Opened.Name;
        if (now.Epoch == writer.Opened.Lease.Epoch)
        {
            // An earlier call of the same writer was lost to it while its commit was on the way, and that came first.
            return new(
                ErrorReason.Unavailable,
                $"{name}: an earlier call of this writer moved the stream to sample {now.NextSample}; open it again."
            );
        }

        return new(
            ErrorReason.WriterFenced,
            $"{name}: a newer writer (epoch {now.Epoch}) has opened the stream, so this one (epoch "
                + $"{writer.Opened.Lease.Epoch}) may not append. Open it again only if this writer is to take over."
        )
        {
            Metadata = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["stream"] = name.ToString(),
                ["epoch"] = now.Epoch.ToString(),
                ["next_sample"] = now.NextSample.ToString(),
            },
        };
    }

    private static string Message(IEnumerable<StreamWriter> writers)
    {
        var message = string.Join("; ", writers.Select(writer => writer.Opened.CommitMessage).Distinct());
        return BriefText.Shorten(message, MaxMessageLength);
    }
}
