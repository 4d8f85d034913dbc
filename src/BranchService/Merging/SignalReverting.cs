using Dendrite.Errors;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Undoes what a commit did to signals: streams that it made or brought are deleted, with all their samples;
/// descriptors, anchors and annotations go back to what they were, where nothing later changed them. Samples that it
/// added to a stream that was there before cannot be taken out: blocks are never changed, and nothing may stand in
/// their place. Thread-safe.
/// </summary>
public sealed class SignalReverting(
    DivergedRows rows,
    StreamOverlaps overlaps,
    SignalStreamStore store,
    SampleClashes clashes
)
{
    private const int MaxRows = 1_000_000;

    /// <param name="made">From the state before the commit to the one after it, its target.</param>
    /// <exception cref="DendriteException">NOT_REVERTIBLE.</exception>
    internal async Task<SignalMerging> PlanAsync(
        MergeWork work,
        DivergedView made,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var head = new RecordView(work.Project, work.Heads.Target.Snapshot);
        var descriptors = await rows.ListAsync(made, VersionedTable.Stream, MaxRows, cancellationToken);
        var created = descriptors.Where(row => !IsThere(row.Base)).Select(StreamOf).ToHashSet();
        await DemandNoSamplesAsync(made, created, version, cancellationToken);
        var undone = new SignalMerging(rows, overlaps, clashes, work.Decisions);
        var since = new DivergedView(work.Project, made.Target, made.Target, head.Snapshot);
        var written = await FindWrittenAsync(since, created, cancellationToken);
        foreach (var table in VersionedTable.OfSignals)
        {
            var touched = await rows.ListAsync(made, table, MaxRows, cancellationToken);
            // What belongs to a stream that goes is not seen any more.
            var kept = touched
                .Where(row => table == VersionedTable.Stream || !created.Contains(StreamOf(row)))
                .ToList();
            DemandNoAnchors(kept, table, version);
            var now = await rows.FindByKeyAsync(head, kept, cancellationToken);
            if (table == VersionedTable.Stream)
            {
                // A descriptor that was changed since is a conflict, and a decision for it lets its stream stay.
                var going = kept.Zip(now)
                    .Where(row => StreamBelongings.AreEqual(table, row.First.Target, row.Second))
                    .Select(row => StreamOf(row.First))
                    .Where(id => created.Contains(id) && !written.Contains(id))
                    .ToHashSet();
                await DemandFreeNamesAsync(head, (kept.Zip(now), going), version, cancellationToken);
            }

            await undone.UndoAsync(kept.Zip(now, Turn).ToList(), since, written, cancellationToken);
        }

        return undone;
    }

    /// <summary>Streams that a branch recorded into since, or changed what belongs to them.</summary>
    /// <param name="created">Those that would go: of no others is it asked what belongs to them.</param>
    private async Task<HashSet<long>> FindWrittenAsync(
        DivergedView since,
        HashSet<long> created,
        CancellationToken cancellationToken
    )
    {
        var grown = await overlaps.ListGrowthAsync(since, DivergedSides.Target, cancellationToken);
        var written = grown.Select(stream => stream.StreamId).ToHashSet();
        if (created.Count > 0)
        {
            var (_, changed) = await StreamBelongings.FindChangedAsync(rows, since, cancellationToken);
            written.UnionWith(changed);
        }

        return written;
    }

    /// <summary>The state before flows into the head, against the state after.</summary>
    private static DivergedRow Turn(DivergedRow row, VersionedSide? now) =>
        row with
        {
            Base = row.Target,
            Source = row.Base,
            Target = now,
            Sides = DivergedSides.Both,
        };

    private async Task DemandNoSamplesAsync(
        DivergedView made,
        HashSet<long> created,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        var grown = await overlaps.ListGrowthAsync(made, DivergedSides.Target, cancellationToken);
        var lasting = grown.Select(stream => stream.StreamId).Where(id => !created.Contains(id)).ToList();
        if (lasting.Count == 0)
        {
            return;
        }

        var view = new RecordView(made.Project, made.Target);
        var known = await rows.FindAsync(view, VersionedTable.Stream, lasting, cancellationToken);
        var names = known.Values.Select(row => $"'{row.Columns["name"]!.GetValue<string>()}'");
        throw new DendriteException(
            ErrorReason.NotRevertible,
            $"Commit {version} added samples to {string.Join(", ", names)}, which a new commit cannot take out: reset "
                + "the branch to the version before it."
        );
    }

    /// <summary>An anchor can be corrected, and not be withdrawn.</summary>
    private static void DemandNoAnchors(List<DivergedRow> touched, VersionedTable table, CommitVersion version)
    {
        if (table == VersionedTable.TimeAnchor && touched.Exists(row => row.Base is null))
        {
            throw new DendriteException(
                ErrorReason.NotRevertible,
                $"Commit {version} added time anchors, which cannot be withdrawn: put the right instant in their "
                    + "place, or reset the branch to the version before it."
            );
        }
    }

    /// <summary>A stream does not come back beside one that has its name now.</summary>
    /// <param name="streams">
    /// The streams that the commit touched, and which of them go for certain: nobody recorded on them or changed
    /// them since.
    /// </param>
    private async Task DemandFreeNamesAsync(
        RecordView head,
        (IEnumerable<(DivergedRow Made, VersionedSide? Now)> Touched, HashSet<long> Going) streams,
        CommitVersion version,
        CancellationToken cancellationToken
    )
    {
        foreach (var (row, now) in streams.Touched)
        {
            if (!IsThere(row.Base) || IsThere(now))
            {
                continue;
            }

            var name = row.Base!.Columns["name"]!.GetValue<string>();
            var other = await store.FindAsync(head.Project, head.Snapshot, name, cancellationToken);
            if (other is not null && !streams.Going.Contains(other.StreamId))
            {
                throw new DendriteException(
                    ErrorReason.NotRevertible,
                    $"Commit {version} deleted stream '{name}', and the branch has another one of that name now: "
                        + "delete that one first."
                );
            }
        }
    }

    private static bool IsThere(VersionedSide? side) =>
        side is not null && side.Columns["deleted"]?.GetValue<bool>() != true;

    private static long StreamOf(DivergedRow row) => (row.Target ?? row.Base)!.Columns["stream_id"]!.GetValue<long>();
}
