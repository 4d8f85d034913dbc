using System.Globalization;
using System.Runtime.CompilerServices;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Sync;
using Dendrite.V1;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Pulls a past range month by month, some months at once. Each month has its own place: one that was stopped goes on
/// within the months it was in, and months that are done are not asked for again. Thread-safe.
/// </summary>
internal sealed class SyncBackfill(
    SyncFactory factory,
    SyncPull pull,
    SyncProgressStore progress,
    DeadLetterStore letters,
    TimeProvider time
)
{
    /// <summary>Pulls the range.</summary>
    /// <exception cref="SyncBusyException">Another goes on.</exception>
    /// <exception cref="SyncTakenOverException">Another has taken over.</exception>
    /// <exception cref="Errors.DendriteException">The source or the dataset cannot be worked with.</exception>
    public async Task<SyncTally> RunAsync(
        SyncWork work,
        DateTimeOffset from,
        DateTimeOffset until,
        CancellationToken cancellationToken
    )
    {
        if (!await progress.TakeAsync(work.Scope, work.Holder, cancellationToken))
        {
            throw new SyncBusyException();
        }

        var (writer, _, line) = await factory.OpenWriterAsync(work, cancellationToken);
        var whole = work.Scope with { Backfill = $"{ChangedValue.Of(from).Text}/{ChangedValue.Of(until).Text}" };
        var (end, _) = await FindAsync(work, whole, line, cancellationToken);
        if (end.IsDone && end.Run != work.Run)
        {
            // An earlier one ended: who asks again wants it pulled again.
            await progress.ForgetBackfillAsync(whole, work.Fence, cancellationToken);
        }

        var use = new MonthUse(work, whole, line, writer, factory.PaceOf(work.Source));
        var tallies = await PullMonthsAsync(use, PartsOf(work.Source, from, until), cancellationToken);
        tallies.Add(await EndAsync(use, end, cancellationToken));
        return SyncTally.Sum(work.Run, tallies);
    }

    // A folder is read once, whatever the range: each month would read all of it.
    private static List<(DateTimeOffset From, DateTimeOffset Until)> PartsOf(
        SyncSource source,
        DateTimeOffset from,
        DateTimeOffset until
    ) =>
        source.OriginCase == SyncSource.OriginOneofCase.Folder ? [(from, until)] : [.. BackfillMonths.Cut(from, until)];

    private async Task<List<SyncTally>> PullMonthsAsync(
        MonthUse use,
        List<(DateTimeOffset From, DateTimeOffset Until)> months,
        CancellationToken cancellationToken
    )
    {
        var tallies = new SyncTally[months.Count];
        var done = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, months.Count),
            new ParallelOptions
            {
                MaxDegreeOfParallelism = SyncDefaults.Months(use.Work.Source),
                CancellationToken = cancellationToken,
            },
            async (i, token) =>
            {
                tallies[i] = await PullMonthAsync(use, months[i], token);
                var name = NameOf(months[i].From);
                use.Work.Control.Tell(
                    $"{Interlocked.Increment(ref done)} of {months.Count} months, the last {name}",
                    tallies.Sum(tally => tally?.Fetched ?? 0)
                );
            }
        );
        return [.. tallies];
    }

    private async Task<SyncTally> PullMonthAsync(
        MonthUse use,
        (DateTimeOffset From, DateTimeOffset Until) month,
        CancellationToken cancellationToken
    )
    {
        var scope = use.Whole with { Part = NameOf(month.From) };
        var (tally, place) = await FindAsync(use.Work, scope, use.Line, cancellationToken);
        if (place.IsDone)
        {
            return tally;
        }

        var parts = factory.Open(use.Work, scope, use.Writer, use.Pace, tally);
        if (use.Work.Source.OriginCase == SyncSource.OriginOneofCase.Folder)
        {
            parts = parts with { Origin = new RangedOrigin(parts.Origin, use.Writer.Maker, month) };
        }

        var listing = new ListingRun(parts, progress, letters, time);
        var begin = new ListingPlace
        {
            Origin = parts.OriginDigest,
            From = ChangedValue.Of(month.From).Text,
            Until = ChangedValue.Of(month.Until).Text,
        };
        place = await listing.ReadAsync(place, _ => begin, cancellationToken);
        await listing.KeepAsync(place with { Listing = null, IsDone = true }, [], [], [], cancellationToken);
        return tally;
    }

    /// <summary>The second round, of all months together.</summary>
    private async Task<SyncTally> EndAsync(MonthUse use, SyncTally tally, CancellationToken cancellationToken)
    {
        tally = tally.Run == use.Work.Run ? tally : new SyncTally { Run = use.Work.Run };
        var parts = factory.Open(use.Work, use.Whole, use.Writer, use.Pace, tally);
        var listing = new ListingRun(parts, progress, letters, time);
        var place = new SyncPlace { ChangedField = use.Work.Source.Incremental.ChangedField, Line = use.Line };
        await pull.TryAgainAsync(parts, listing, place, cancellationToken);
        tally.IsDone = true;
        await listing.KeepAsync(place with { IsDone = true }, [], [], [], cancellationToken);
        return tally;
    }

    private async Task<(SyncTally Tally, SyncPlace Place)> FindAsync(
        SyncWork work,
        SyncScope scope,
        SyncLine line,
        CancellationToken cancellationToken
    )
    {
        var kept = await progress.FindAsync(scope, cancellationToken);
        var place = SyncPlace.Of(kept?.Place, work.Source.Incremental.ChangedField);
        if (!place.IsOf(line) && scope.Part.Length > 0)
        {
            work.Control.Log(
                LogLevel.Warning,
                $"Since {scope.Part} was pulled {work.Target}, or its branch, "
                    + $"{(place.Line is null ? "may have been" : "was")} made anew or reset: it is pulled again."
            );
        }

        return (
            kept is null || scope.Part.Length > 0 ? SyncTally.Of(kept?.Tally, work.Run) : SyncTally.Kept(kept.Tally),
            place.On(line)
        );
    }

    private static string NameOf(DateTimeOffset month) =>
        month.ToUniversalTime().ToString("yyyy-MM", CultureInfo.InvariantCulture);

    private sealed record MonthUse(SyncWork Work, SyncScope Whole, SyncLine Line, ItemWriter Writer, RequestPace Pace);

    /// <summary>Those items of another origin whose changed value lies in a range.</summary>
    private sealed class RangedOrigin(
        IOrigin inner,
        RecordMaker maker,
        (DateTimeOffset From, DateTimeOffset Until) range
    ) : IOrigin
    {
        public async IAsyncEnumerable<SourcePage> ReadAsync(
            ListingPlace place,
            [EnumeratorCancellation] CancellationToken cancellationToken
        )
        {
            await foreach (var page in inner.ReadAsync(place, cancellationToken))
            {
                yield return page with
                {
                    Items = [.. page.Items.Where(IsWithin)],
                };
            }
        }

        // What has no time of its own, or is no item, is nobody's to leave out in silence.
        private bool IsWithin(SourceItem item) =>
            maker.ChangedOf(item) is not { Kind: ChangedKind.Time } changed
            || (changed.Instant >= range.From && changed.Instant < range.Until);
    }
}
