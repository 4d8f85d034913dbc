using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Reads a source once from a changed value to its end. After each batch that was committed the place behind it is kept
/// under the fence, with the items that could not be written: whoever goes on repeats a page at most.
/// </summary>
/// <remarks>
/// The value to begin from next moves only when all was read, for pages come in any order: until then it is the place
/// in
/// the listing that moves. Not thread-safe.
/// </remarks>
internal sealed class ListingRun(
    SyncParts parts,
    SyncProgressStore progress,
    DeadLetterStore letters,
    TimeProvider time
)
{
    /// <summary>Where more cannot be written it is not the items that are wrong.</summary>
    public const int MaxFailed = 10_000;

    private long requestsBefore = parts.Tally.Requests;
    private long retriesBefore = parts.Tally.RequestRetries;
    private SyncPlace place = new();

    /// <summary>Said once: a source may have many such items, and they come with each sync.</summary>
    private bool hasToldAhead;

    /// <summary>Reads on from where it is.</summary>
    /// <param name="begin">Makes a listing's first place, from what is there.</param>
    /// <returns>The place behind it, which is kept when the caller has done the rest.</returns>
    public async Task<SyncPlace> ReadAsync(
        SyncPlace before,
        Func<SyncPlace, ListingPlace> begin,
        CancellationToken cancellationToken
    )
    {
        place = before;
        var listing = before.Listing is { } kept && kept.Origin == parts.OriginDigest ? kept : null;
        if (listing is null)
        {
            listing = begin(before);
            await progress.ForgetSeenAsync(parts.Scope, parts.Work.Fence, cancellationToken);
        }

        try
        {
            await ReadPagesAsync(listing, cancellationToken);
        }
        catch (PlaceLostException lost)
        {
            parts.Work.Control.Log(LogLevel.Warning, $"The source lost the place ({lost.Message}): it is read anew.");
            await ReadPagesAsync(begin(before with { Listing = null }), cancellationToken);
        }

        return place;
    }

    /// <summary>Keeps a place behind what was committed.</summary>
    /// <exception cref="SyncTakenOverException">Another has taken over.</exception>
    public async Task KeepAsync(
        SyncPlace next,
        IReadOnlyCollection<FailedItem> failed,
        IReadOnlyCollection<byte[]> seen,
        IReadOnlyCollection<WrittenItem> written,
        CancellationToken cancellationToken
    )
    {
        place = next;
        parts.Tally.Requests = requestsBefore + parts.Requests.Sent;
        parts.Tally.RequestRetries = retriesBefore + parts.Requests.Retried;
        var step = new SyncStep(new(next.ToJson(), parts.Tally.ToJson()), failed, seen) { Written = written };
        if (!await progress.KeepAsync(parts.Scope, parts.Work.Fence, step, time.GetUtcNow(), cancellationToken))
        {
            throw new SyncTakenOverException();
        }
    }

    private async Task ReadPagesAsync(ListingPlace listing, CancellationToken cancellationToken)
    {
        if (listing.IsRead)
        {
            return;
        }

        await foreach (var page in parts.Origin.ReadAsync(listing, cancellationToken))
        {
            for (var done = 0; ; )
            {
                var some = page.Items.Skip(done).Take(parts.Size.Current).ToList();
                done += some.Count;
                var isAll = done >= page.Items.Count;
                if (some.Count > 0 || (isAll && page.Next is not null))
                {
                    listing = await WriteAsync(some, isAll ? page.Next : null, listing, cancellationToken);
                }

                if (isAll)
                {
                    break;
                }
            }
        }
    }

    private async Task<ListingPlace> WriteAsync(
        List<SourceItem> some,
        ListingPlace? next,
        ListingPlace listing,
        CancellationToken cancellationToken
    )
    {
        parts.Work.Control.ThrowIfLost();
        var asked = parts.Size.Current;
        var outcome =
            some.Count == 0
                ? new BatchOutcome()
                : await parts.Writer.WriteAsync(some, FirstTries, keepNewer: false, cancellationToken);
        Count(some.Count, asked, outcome);
        var behind = (next ?? listing) with
        {
            Highest = HighestOf(listing.Highest, some),
            HasItems = listing.HasItems || some.Count > 0,
            HasUnknown = listing.HasUnknown || outcome.Failed.Exists(failed => !failed.HasKey),
        };
        var seen = parts.Work.Source.Incremental?.DeleteMissing == true ? outcome.Seen : [];
        await KeepAsync(
            place with
            {
                Listing = behind,
            },
            FailedItems.Of(parts.Scope.Dataset, outcome.Failed),
            seen,
            outcome.Stored,
            cancellationToken
        );
        parts.Work.Control.Tell("pulling", parts.Tally.Fetched);
        if (outcome.Failed.Count > 0)
        {
            await RequireFewAsync(outcome, cancellationToken);
        }

        return behind;
    }

    /// <summary>Half of the tries at once, the others in the second round.</summary>
    private int FirstTries => (SyncDefaults.ItemAttempts(parts.Work.Source) + 1) / 2;

    private void Count(int items, int asked, BatchOutcome outcome)
    {
        if (items == 0)
        {
            return;
        }

        parts.Tally.Fetched += items;
        parts.Tally.Waiting += outcome.Failed.Count;
        parts.Tally.AddBatch(asked);
        parts.Tally.Add(outcome);
        parts.Size.Observe(items - outcome.Failed.Count, items);
    }

    private string? HighestOf(string? known, IEnumerable<SourceItem> items)
    {
        var now = time.GetUtcNow();
        foreach (var item in items)
        {
            if (parts.Writer.Maker.ChangedOf(item) is not { } changed)
            {
                continue;
            }

            if (changed.IsAhead(now))
            {
                // All that changes before then would be passed over.
                TellAhead(changed);
                continue;
            }

            var isAfter = known is null ? true : changed.IsAfter(ChangedValue.Parse(known));
            known = isAfter == true ? changed.Text : known;
            if (isAfter is null)
            {
                parts.Work.Control.Log(
                    LogLevel.Warning,
                    $"The changed value '{changed.Text}' is of another kind than '{known}': it does not move the place."
                );
            }
        }

        return known;
    }

    private void TellAhead(ChangedValue changed)
    {
        if (hasToldAhead)
        {
            return;
        }

        hasToldAhead = true;
        parts.Work.Control.Log(
            LogLevel.Warning,
            $"The changed value '{changed.Text}' is in the future, and others may be: they do not move the place."
        );
    }

    private async Task RequireFewAsync(BatchOutcome outcome, CancellationToken cancellationToken)
    {
        var first = outcome.Failed[0].Error.Message;
        parts.Work.Control.Log(
            LogLevel.Warning,
            $"{Counted.Of(outcome.Failed.Count, "item waits", "items wait")} for another try: {first}"
        );
        if (await letters.CountAsync(parts.Scope, cancellationToken) > MaxFailed)
        {
            throw new DendriteException(
                ErrorReason.SourceFailed,
                $"More than {MaxFailed} items of the source could not be written, the last because: {first}. Look at "
                    + "its dead letters, and at column_names; replay them, or delete the source to begin anew."
            );
        }
    }
}
