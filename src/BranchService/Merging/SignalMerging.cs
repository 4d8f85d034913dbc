using System.Text.Json.Nodes;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Versioning.Merging;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Merges what belongs to signals: descriptors, anchors and annotations like records; samples by the vector alone,
/// unless both sides wrote the same range of one stream, differently.
/// </summary>
internal sealed class SignalMerging(
    DivergedRows rows,
    StreamOverlaps overlaps,
    SampleClashes clashes,
    MergeDecisions decisions
)
{
    /// <summary>Rows of one table that a merge goes through at most.</summary>
    private const int MaxRows = 1_000_000;

    private static readonly RowMerger<string, string> Merger = new(TextRules.Instance);

    private readonly RowSettler<string, string> settler = new(TextRules.Instance, decisions.Strategy, _ => null);
    private readonly Dictionary<long, string> names = [];
    private readonly Dictionary<long, long> channels = [];

    /// <summary>Streams that the target sees.</summary>
    private readonly HashSet<long> known = [];

    /// <summary>Streams of one name of which each side kept another: both stay, and their name is settled.</summary>
    private HashSet<DivergedRow> keptByEach = [];

    /// <summary>What stands for all that the sides wrote of streams that one of them deleted.</summary>
    private IReadOnlyDictionary<long, string> digests = new Dictionary<long, string>();

    public List<PlannedConflict> Conflicts { get; } = [];

    /// <summary>Rows that the merge must write.</summary>
    public List<VersionedRow> Restated { get; } = [];

    /// <summary>
    /// Streams of the target that the source changed, or that the merge deletes: whoever has one open there stands
    /// before that.
    /// </summary>
    public HashSet<long> MovedStreams { get; } = [];

    public long StreamsChanged { get; private set; }

    public long SamplesAdded { get; private set; }

    public async Task MergeAsync(DivergedView view, CancellationToken cancellationToken)
    {
        var grown = await overlaps.ListGrowthAsync(view, DivergedSides.Source, cancellationToken);
        var targetGrown = await overlaps.ListGrowthAsync(view, DivergedSides.Target, cancellationToken);
        await NameAsync(view, grown.Concat(targetGrown), cancellationToken);
        SamplesAdded = grown.Sum(stream => stream.Samples * channels.GetValueOrDefault(stream.StreamId, 1));
        var changed = IdsOf(grown);
        var written = (Source: IdsOf(grown), Target: IdsOf(targetGrown));
        foreach (var table in VersionedTable.OfSignals)
        {
            var diverged = await rows.ListAsync(view, table, MaxRows, cancellationToken);
            keptByEach = table == VersionedTable.Stream ? RowBases.FindKeptByEach(diverged) : [];
            if (diverged.Any(IsDeletedByOne))
            {
                var (bySource, byTarget) = await StreamBelongings.FindChangedAsync(rows, view, cancellationToken);
                written.Source.UnionWith(bySource);
                written.Target.UnionWith(byTarget);
                digests = await DigestAsync(view, diverged, cancellationToken);
            }

            var merged = diverged.Select(row => Merge(row, written)).ToList();
            if (table == VersionedTable.Stream)
            {
                changed.UnionWith(
                    merged.Where(row => row.Row.Sides.HasFlag(DivergedSides.Source)).Select(row => StreamOf(row.Row))
                );
                known.UnionWith(diverged.Where(row => row.Target is not null).Select(StreamOf));
                await SettleNamesAsync(merged, view, cancellationToken);
                // A stream of the target alone is restated too, where it gives way to one of its name.
                MovedStreams.UnionWith(merged.Where(row => row.Restated is not null).Select(row => StreamOf(row.Row)));
            }

            Restated.AddRange(merged.Select(row => row.Restated).OfType<VersionedRow>());
        }

        StreamsChanged = changed.Count;
        MovedStreams.UnionWith(changed);
        MovedStreams.IntersectWith(known);
        await FindClashingSamplesAsync(view, cancellationToken);
    }

    /// <summary>
    /// Takes rows back to what they were: each as source, against what a commit made of it, with the head as target.
    /// What stays as the head has it is not written, chosen or not: no second branch chose.
    /// </summary>
    /// <param name="since">From the state after the commit to the head, its target.</param>
    /// <param name="writtenSince">Streams that have samples or other rows since the commit.</param>
    public async Task UndoAsync(
        IReadOnlyList<DivergedRow> touched,
        DivergedView since,
        HashSet<long> writtenSince,
        CancellationToken cancellationToken
    )
    {
        digests = await DigestAsync(since, touched, cancellationToken);
        foreach (var row in touched.Select(row => Merge(row, ([], writtenSince))))
        {
            if (row.DiffersFromTarget && row.Restated is { } restated)
            {
                Restated.Add(restated);
                if (restated.Table == VersionedTable.Stream)
                {
                    MovedStreams.Add(StreamOf(row.Row));
                }
            }
        }
    }

    private async Task NameAsync(
        DivergedView view,
        IEnumerable<StreamGrowth> streams,
        CancellationToken cancellationToken
    )
    {
        var ids = streams.Select(stream => stream.StreamId).Distinct().ToList();
        foreach (var side in new[] { view.Source, view.Target })
        {
            var found = await rows.FindAsync(new(view.Project, side), VersionedTable.Stream, ids, cancellationToken);
            foreach (var (id, row) in found)
            {
                names[id] = row.Columns["name"]!.GetValue<string>();
                channels[id] = row.Columns["channels"]!.AsArray().Count;
                if (ReferenceEquals(side, view.Target))
                {
                    known.Add(id);
                }
            }
        }
    }

    private Task<IReadOnlyDictionary<long, string>> DigestAsync(
        DivergedView view,
        IEnumerable<DivergedRow> descriptors,
        CancellationToken cancellationToken
    ) => rows.DigestStreamsAsync(view, [.. descriptors.Where(IsDeletedByOne).Select(StreamOf)], cancellationToken);

    private static HashSet<long> IdsOf(IEnumerable<StreamGrowth> grown) =>
        grown.Select(stream => stream.StreamId).ToHashSet();

    private static bool IsDeletedByOne(DivergedRow row) =>
        row.Table == VersionedTable.Stream
        && (row.Base is { IsLive: true } || row.Crosswise.Any(seen => seen.Side.IsLive) || RowBases.IsDecidedTwice(row))
        && (row.Source is { IsLive: true }) != (row.Target is { IsLive: true });

    /// <param name="written">Streams of which a side changed more than the descriptor.</param>
    private MergedRow Merge(DivergedRow row, (HashSet<long> Source, HashSet<long> Target) written)
    {
        var merge = Merger.Merge(
            new(
                row.Table == VersionedTable.Stream && RowBases.IsDecidedTwice(row)
                    ? RowBases.Open(row)
                    : row.BaseOf(side => StreamBelongings.CellsOf(row.Table, side)),
                State(row, row.Source, DivergedSides.Source),
                State(row, row.Target, DivergedSides.Target)
            )
        );
        if (row.Table == VersionedTable.Stream)
        {
            var id = StreamOf(row);
            names[id] = KeyOf(row)["name"]!.GetValue<string>();
            if (keptByEach.Contains(row))
            {
                return new(row, merge, merge.Sides.Source.Cells ?? merge.Sides.Target.Cells);
            }

            merge = KeepWritten(merge, written.Source.Contains(id), written.Target.Contains(id));
        }

        var result = merge.IsConflict ? Settle(row, merge) : merge.Merged;
        return new(row, merge, result);
    }

    /// <summary>A stream that one side deletes does not take with it what the other recorded or noted.</summary>
    private static RowMerge<string, string> KeepWritten(
        RowMerge<string, string> merge,
        bool sourceWrote,
        bool targetWrote
    ) =>
        merge switch
        {
            { Merged: null, Outcome: RowMergeOutcome.SourceOnly } when targetWrote => merge with
            {
                Outcome = RowMergeOutcome.DeletedAndChanged,
            },
            { Merged: null, Outcome: RowMergeOutcome.TargetOnly } when sourceWrote => merge with
            {
                Outcome = RowMergeOutcome.ChangedAndDeleted,
            },
            _ => merge,
        };

    private IReadOnlyDictionary<string, string>? Settle(DivergedRow row, RowMerge<string, string> merge)
    {
        var key = string.Join(',', row.Table.Keys.Select(column => KeyOf(row)[column]!.ToString()));
        // What was recorded and noted is not among the cells of a descriptor, and goes or stays with it.
        var belongings = IsDeletedByOne(row) ? digests.GetValueOrDefault(StreamOf(row), "") : "";
        var id = ConflictId.Of(merge, TextRules.Instance, row.Table.Name, key, belongings);
        var side = decisions.FindSide(id, MergeDecisions.AllSides);
        var settled = settler.Settle(merge, side is { } taken ? new Decision<string, string>.Side(taken) : null);
        var record = new V1.RecordConflict
        {
            DatasetId = row.Table.Name,
            RecordId = key,
            SourceVersion = row.Source?.Version.Value ?? 0,
            TargetVersion = row.Target?.Version.Value ?? 0,
        };
        record.Cells.AddRange(
            merge.Clashes.Select(clash => new V1.CellConflict
            {
                Column = clash.Column,
                Base = ToValue(clash.Base),
                Source = ToValue(clash.Source),
                Target = ToValue(clash.Target),
            })
        );
        var kind = (V1.ConflictKind)(int)merge.Outcome.ConflictOf()!.Value;
        var contract = new V1.Conflict
        {
            ConflictId = id.Value,
            Kind = kind,
            Record = record,
            Resolution = side is null ? null : decisions.Find(id),
        };
        Conflicts.Add(new(contract, settled.By));
        return settled.IsUndecided ? merge.Sides.Target.Cells : settled.Cells;
    }

    /// <summary>
    /// Two streams made independently with one name: one stays, as decided, and the other is deleted; undecided,
    /// nothing is done.
    /// </summary>
    private async Task SettleNamesAsync(List<MergedRow> merged, DivergedView view, CancellationToken cancellationToken)
    {
        var twins = merged
            .Where(row => row.Result is not null)
            .GroupBy(row => row.Result!["name"], StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .ToList();
        var ids = twins.SelectMany(twin => twin.Select(row => StreamOf(row.Row))).ToList();
        var written = await rows.DigestStreamsAsync(view, ids, cancellationToken);
        foreach (var twin in twins)
        {
            // As with datasets: a side has one live stream of a name, whoever wrote last.
            var fromSource = twin.FirstOrDefault(row => row.Row.Source is { IsLive: true }) ?? twin.First();
            var fromTarget = twin.First(row => row != fromSource);
            var name = JsonNode.Parse(twin.Key)!.GetValue<string>();
            var both = new[] { fromSource, fromTarget }
                .Select(row => StreamOf(row.Row))
                .SelectMany(stream => new[] { $"{stream}", written.GetValueOrDefault(stream, "") });
            var id = ConflictId.Of(ConflictKind.Samples, ["name", name, .. both]);
            var contract = new V1.Conflict
            {
                ConflictId = id.Value,
                Kind = V1.ConflictKind.Samples,
                Samples = new() { StreamId = name },
            };
            if (PairSettler.SideOf(decisions, id, contract) is not { } side)
            {
                Conflicts.Add(new(contract, SettledBy.Nobody));
                continue;
            }

            var gone = side == MergeSide.Source ? fromTarget : fromSource;
            merged[merged.IndexOf(gone)] = gone with { Result = null };
            Conflicts.Add(new(contract, contract.Resolution is null ? SettledBy.Policy : SettledBy.Decision));
        }
    }

    /// <summary>
    /// Samples cannot be taken from one side: they are in both vectors. So a clash of samples is undecided whatever the
    /// strategy; a merge of an earlier state of the source, before it wrote them, is the way out.
    /// </summary>
    private async Task FindClashingSamplesAsync(DivergedView view, CancellationToken cancellationToken)
    {
        foreach (var clash in await clashes.FindAsync(view, cancellationToken))
        {
            var (first, end) = (clash.Range.Start, clash.Range.End);
            var id = ConflictId.Of(
                ConflictKind.Samples,
                $"{clash.StreamId}",
                $"{clash.ChannelGroup}",
                $"{first}",
                $"{end}"
            );
            decisions.Refuse(id, "a merge shows the samples of both; merge an earlier state of the source");
            var contract = new V1.Conflict
            {
                ConflictId = id.Value,
                Kind = V1.ConflictKind.Samples,
                Samples = new()
                {
                    StreamId = names.GetValueOrDefault(clash.StreamId, $"{clash.StreamId}"),
                    ChannelGroup = clash.ChannelGroup,
                    Range = new() { StartSample = first, EndSample = end },
                },
            };
            Conflicts.Add(new(contract, SettledBy.Nobody));
        }
    }

    private static RowState<string, string> State(DivergedRow row, VersionedSide? side, DivergedSides bit) =>
        new(side?.Version ?? default, StreamBelongings.CellsOf(row.Table, side))
        {
            IsDiverged = row.Sides.HasFlag(bit),
        };

    private static JsonObject KeyOf(DivergedRow row) => (row.Target ?? row.Source ?? row.Base)!.Columns;

    private static long StreamOf(DivergedRow row) => KeyOf(row)["stream_id"]!.GetValue<long>();

    private static Value? ToValue(Cell<string> cell) => cell.IsPresent ? Value.Parser.ParseJson(cell.Value) : null;

    private sealed record MergedRow(
        DivergedRow Row,
        RowMerge<string, string> Merge,
        IReadOnlyDictionary<string, string>? Result
    )
    {
        public bool DiffersFromTarget => !Merger.AreEqual(Merge.Sides.Target.Cells, Result);

        public VersionedRow? Restated
        {
            get
            {
                if (Merger.Find(Merge, Result) != MergeWrite.Restate)
                {
                    return null;
                }

                var columns = KeyOf(Row).DeepClone().AsObject();
                foreach (var (column, value) in Result ?? new Dictionary<string, string>())
                {
                    columns[column] = JsonNode.Parse(value);
                }

                if (columns.ContainsKey("deleted"))
                {
                    columns["deleted"] = Result is null;
                }

                return new(Row.Table, columns);
            }
        }
    }
}
