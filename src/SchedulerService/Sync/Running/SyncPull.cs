using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Pulls what changed since the last time: a listing, the second round of what could not be written, and the deletion
/// of
/// what is missing. Called again for the same run it goes on where it was. Thread-safe.
/// </summary>
internal sealed class SyncPull(
    SyncFactory factory,
    SyncProgressStore progress,
    DeadLetterStore letters,
    RecordService.RecordServiceClient records,
    TimeProvider time
)
{
    /// <summary>Pulls.</summary>
    /// <returns>What the whole run did, and fields of items that no column is for.</returns>
    /// <exception cref="SyncBusyException">Another goes on.</exception>
    /// <exception cref="SyncTakenOverException">Another has taken over.</exception>
    /// <exception cref="DendriteException">The source or the dataset cannot be worked with.</exception>
    public async Task<(SyncTally Tally, IReadOnlyList<string> LeftOut)> RunAsync(
        SyncWork work,
        CancellationToken cancellationToken
    )
    {
        if (!await progress.TakeAsync(work.Scope, work.Holder, cancellationToken))
        {
            throw new SyncBusyException();
        }

        var kept = await progress.FindAsync(work.Scope, cancellationToken);
        var place = SyncPlace.Of(kept?.Place, work.Source.Incremental?.ChangedField ?? "");
        var tally = SyncTally.Of(kept?.Tally, work.Part ?? work.Run);
        if (tally.IsDone)
        {
            return (tally, []);
        }

        var (writer, dataset, line) = await factory.OpenWriterAsync(work, cancellationToken);
        place = await TakeUpAsync(work, place, line, cancellationToken);
        // A listing that another run left unfinished ends where that one would have; what came since is read after it.
        var isOther = place.Listing is not null && tally.Attempts == 1;
        var pace = factory.PaceOf(work.Source);
        var keys = dataset.KeyColumns;
        if (isOther)
        {
            work.Control.Log(LogLevel.Information, "An earlier sync was stopped within: it is gone on with first.");
            var left = factory.Open(work, work.Scope, writer, pace, tally);
            place = await ListAsync(left, place, keys, isLast: false, cancellationToken);
        }

        await ListAsync(
            factory.Open(work, work.Scope, writer, pace, tally),
            place,
            keys,
            isLast: true,
            cancellationToken
        );
        return (tally, [.. writer.Maker.LeftOutFields]);
    }

    /// <summary>The place from which a listing begins after all up to a changed value is there.</summary>
    public static ListingPlace Begin(SyncParts parts, SyncPlace place, DateTimeOffset now)
    {
        var source = parts.Work.Source;
        var hasUntil =
            source.OriginCase == SyncSource.OriginOneofCase.Http
            && UrlTemplate.Parse(source.Http.Url, "sync_source.http.url").Has(UrlTemplate.Until);
        return new()
        {
            Origin = parts.OriginDigest,
            From = FromOf(source, place.Since),
            Until = hasUntil ? ChangedValue.Of(now).Text : null,
        };
    }

    private static string? FromOf(SyncSource source, string? since)
    {
        if (since is null)
        {
            return null;
        }

        var changed = ChangedValue.Parse(since);
        var overlap = source.Incremental?.Overlap?.ToTimeSpan() ?? TimeSpan.Zero;
        if (overlap > TimeSpan.Zero)
        {
            changed =
                changed.Before(overlap)
                ?? throw new DendriteException(
                    ErrorReason.SourceFailed,
                    $"incremental.overlap is a time, and '{source.Incremental!.ChangedField}' is none ('{since}')"
                        + ": set overlap to 0, or use a field that is a time."
                );
        }

        // PostgreSQL compares with what it wrote itself; web servers are told times in one form.
        return source.OriginCase == SyncSource.OriginOneofCase.Postgres ? changed.Text : changed.ToRequest();
    }

    /// <summary>
    /// The place to go on from; the beginning where what was kept is about what is not there any more, or about what
    /// has not come yet.
    /// </summary>
    private async Task<SyncPlace> TakeUpAsync(
        SyncWork work,
        SyncPlace place,
        SyncLine line,
        CancellationToken cancellationToken
    )
    {
        if (!place.IsOf(line))
        {
            work.Control.Log(
                LogLevel.Warning,
                $"Since the last sync {work.Target}, or its branch, {(place.Line is null ? "may have been" : "was")} "
                    + "made anew or reset: all is pulled again."
            );
            await progress.ForgetTargetAsync(work.Scope, work.Fence, cancellationToken);
        }

        place = place.On(line);
        if (place.Since is { } since && ChangedValue.Parse(since).IsAhead(time.GetUtcNow()))
        {
            work.Control.Log(
                LogLevel.Warning,
                $"The last sync came to '{since}', which is in the future: all is pulled again."
            );
            place = place with { Since = null };
        }

        return place;
    }

    private async Task<SyncPlace> ListAsync(
        SyncParts parts,
        SyncPlace place,
        IReadOnlyCollection<string> keys,
        bool isLast,
        CancellationToken cancellationToken
    )
    {
        var listing = new ListingRun(parts, progress, letters, time);
        place = await listing.ReadAsync(place, from => Begin(parts, from, time.GetUtcNow()), cancellationToken);
        await TryAgainAsync(parts, listing, place, cancellationToken);
        if (parts.Work.Source.Incremental?.DeleteMissing == true)
        {
            await DeleteMissingAsync(parts, place, keys, cancellationToken);
        }

        parts.Tally.IsDone = isLast;
        place = place with { Since = HigherOf(place.Since, place.Listing!.Highest), Listing = null };
        await listing.KeepAsync(place, [], [], [], cancellationToken);
        if (parts.Work.Source.Incremental?.DeleteMissing == true)
        {
            // A row for each record of the source; after a crash the next listing forgets them before it begins.
            await progress.ForgetSeenAsync(parts.Scope, parts.Work.Fence, cancellationToken);
        }

        return place;
    }

    /// <summary>The second round: page for page, what is left of the tries.</summary>
    public async Task TryAgainAsync(
        SyncParts parts,
        ListingRun listing,
        SyncPlace place,
        CancellationToken cancellationToken
    )
    {
        var round = new SecondRound(letters, time);
        var tries = SyncDefaults.ItemAttempts(parts.Work.Source) / 2;
        while (true)
        {
            var some = await letters.ListAsync(parts.Scope, true, null, SecondRound.PageSize, cancellationToken);
            if (some.Count == 0)
            {
                return;
            }

            parts.Work.Control.ThrowIfLost();
            parts.Work.Control.Tell("trying again what failed", parts.Tally.Fetched);
            var outcome = await round.TryAsync(parts.Scope, parts.Writer, some, tries, cancellationToken);
            parts.Tally.Add(outcome);
            parts.Tally.DeadLetters += outcome.Failed.Count;
            var seen = parts.Work.Source.Incremental?.DeleteMissing == true ? outcome.Seen : [];
            // What was written is noted with its letters already.
            await listing.KeepAsync(place, [], seen, [], cancellationToken);
        }
    }

    private async Task DeleteMissingAsync(
        SyncParts parts,
        SyncPlace place,
        IReadOnlyCollection<string> keys,
        CancellationToken cancellationToken
    )
    {
        if (!place.Listing!.HasItems || place.Listing.HasUnknown)
        {
            var why = place.Listing.HasItems
                ? "items could not be read, and nobody knows which records they are"
                : "it came back empty, as broken ones do";
            parts.Work.Control.Log(LogLevel.Warning, $"What is missing at the source is not deleted: {why}.");
            return;
        }

        parts.Work.Control.Tell("deleting what is missing", parts.Tally.Fetched);
        var missing = new MissingRecords(records, progress, factory.CallsOf(parts.Work.Source));
        var (deleted, stayed, version) = await missing.DeleteAsync(
            parts.Scope,
            keys,
            parts.Work.Control.ThrowIfLost,
            cancellationToken
        );
        parts.Tally.Deleted += deleted;
        parts.Tally.Version = Math.Max(parts.Tally.Version, version);
        if (stayed > 0)
        {
            parts.Work.Control.Log(
                LogLevel.Warning,
                $"{Counted.Of(stayed, "record is", "records are")} missing at the source, kept here: "
                    + "others refer to them, or they have just changed."
            );
        }
    }

    private static string? HigherOf(string? one, string? other) =>
        one is null || other is null ? one ?? other
        : ChangedValue.Parse(other).IsAfter(ChangedValue.Parse(one)) == false ? one
        : other;
}
