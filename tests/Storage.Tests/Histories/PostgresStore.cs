using System.Globalization;
using System.Text;
using System.Text.Json;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Garbage;
using Dendrite.Storage.History;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tests.Records;
using Dendrite.Versioning;
using Dendrite.Versioning.Merging;
using Dendrite.Versioning.Tests.Histories;

namespace Dendrite.Storage.Tests.Histories;

using History = Dendrite.Versioning.Tests.Histories.History;

/// <summary>
/// Histories on PostgreSQL, through the stores that the services use. A branch's number is its name; the versions of
/// its points are remembered as they were answered.
/// </summary>
internal sealed class PostgresStore : IHistoryStore
{
    private static readonly IntegerRules Integers = new();
    private static readonly RowMerger<string, int> Merger = new(Integers);

    private readonly RecordLab records;
    private readonly DivergedRecords diverged;
    private readonly CrosswiseRecords crosswise;
    private readonly RecordAncestors ancestors;
    private readonly MergeWriter merges;
    private readonly GarbageStore garbage;
    private readonly BranchResetter resetter;
    private readonly TagWriterLab tagger;
    private readonly HistoryStore history;
    private readonly List<string> names = [];
    private readonly List<List<CommitVersion>> points = [];
    private int nameCount;

    private PostgresStore(RecordLab records, PlatformDatabase scheduler)
    {
        this.records = records;
        diverged = new(records.Database);
        crosswise = new(records.Database);
        ancestors = new(records.Database);
        merges = new(records.Lab.Database);
        garbage = new(scheduler);
        resetter = new(
            records.Lab.Database,
            records.Lab.Snapshots,
            records.Lab.Branches,
            records.Lab.Writer,
            records.Lab.Requests
        );
        tagger = new(records.Lab);
        history = new(records.Lab.Database);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ProjectId Project => records.Lab.Project;

    /// <summary>A store in a project of its own, with branch 0.</summary>
    public static async Task<PostgresStore> CreateAsync(Fixtures.Postgres.TestDatabase database, string project)
    {
        var store = new PostgresStore(await RecordLab.CreateAsync(database, project), new(database.Scheduler));
        await store.AddBranchAsync("main", SnapshotPoint.Head);
        return store;
    }

    public void Write(int branch, IReadOnlyDictionary<int, Row?> rows) => Wait(WriteAsync(branch, rows));

    public void Fork(int parent, int point) =>
        Wait(AddBranchAsync(names[parent], SnapshotPoint.At(points[parent][point])));

    public void Reset(int branch, int point) => Wait(ResetAsync(branch, point));

    public void Tag(int branch) => Wait(tagger.TagAsync(names[branch]));

    public MergeReport Merge(int source, int target, MergeChoice choice) => Wait(MergeAsync(source, target, choice));

    public bool Revert(int branch, int point) => Wait(RevertAsync(branch, point));

    public bool Pick(int target, int source, int point, IReadOnlyList<int> keys) =>
        Wait(PickAsync(target, source, point, keys));

    public void DeleteAndCollect(int branch) => Wait(DeleteAndCollectAsync(branch));

    public IReadOnlyDictionary<int, Row> Read(int branch, int point) =>
        Wait(ReadAsync(branch, SnapshotPoint.At(points[branch][point])));

    public IReadOnlyDictionary<int, Row> ReadTag(int tag) => Wait(ReadTagAsync(tag));

    public IReadOnlyDictionary<int, Row> ReadBase(int left, int right) => Wait(ReadBaseAsync(left, right));

    public IReadOnlySet<int> Diff(int from, int to) => Wait(DiffAsync(from, to));

    private async Task AddBranchAsync(string parent, SnapshotPoint point)
    {
        var name = $"b{nameCount++.ToString(CultureInfo.InvariantCulture)}";
        names.Add(name);
        await records.Lab.ForkAsync(name, parent, point);
        points.Add([(await HeadAsync(name)).Version]);
    }

    private async Task WriteAsync(int branch, IReadOnlyDictionary<int, Row?> rows)
    {
        var changes = rows.Select(row => Change(row.Key, row.Value?.ToCells())).ToList();
        points[branch].Add((await records.CommitAsync(names[branch], changes)).Version);
    }

    private async Task<int> ResetAsync(int branch, int point)
    {
        var version = points[branch][point];
        await resetter.ResetAsync(Project, new(names[branch]), SnapshotPoint.At(version), Lab.Mutation(), Token);
        points[branch] = [version];
        return branch;
    }

    private async Task<MergeReport> MergeAsync(int source, int target, MergeChoice choice)
    {
        var heads = new MergeHeads(await HeadAsync(names[source]), await HeadAsync(names[target]));
        if (heads.Order == SnapshotOrder.Equal)
        {
            return new(true, []);
        }

        var settler = new RowSettler<string, int>(Integers, choice.Strategy, choice.StrategyOf);
        var settled = (await MergeRowsAsync(heads.ViewOf(Project), choice))
            .Select(row => (row.Key, row.Merge, Decision: choice.DecisionOf(KeyOf(row.Key), row.Merge)))
            .Select(row => (row.Key, row.Merge, Result: settler.Settle(row.Merge, row.Decision)))
            .ToList();
        var conflicts = settled.Where(row => row.Merge.IsConflict).Select(row => Describe(row.Key, row.Merge)).ToList();
        if (settled.Any(row => row.Result.IsUndecided))
        {
            return new(false, conflicts);
        }

        var restated = settled
            .Where(row => Merger.Find(row.Merge, row.Result.Cells) == MergeWrite.Restate)
            .Select(row => Change(KeyOf(row.Key), row.Result.Cells))
            .ToList();
        var commit = new MergeCommit("tests", "") { Records = restated };
        var tried = await TryOutAsync(heads, commit);
        await using var merge =
            await merges.BeginAsync(Project, heads, commit, Token)
            ?? throw new InvalidOperationException("Another writer was faster.");
        await merge.CommitAsync(Token);
        points[target].Add(merge.Receipt.Version);
        Assert.Equal(tried, await ScanAsync(RecordView.Of(Project, await HeadAsync(names[target]))));
        return new(true, conflicts);
    }

    /// <summary>What a merge would show, without it.</summary>
    private async Task<IReadOnlyDictionary<int, Row>> TryOutAsync(MergeHeads heads, MergeCommit commit)
    {
        await using var trial =
            await merges.TryOutAsync(Project, heads, commit, Token)
            ?? throw new InvalidOperationException("Another writer was faster.");
        return await ScanAsync(trial.View);
    }

    /// <summary>Where cells come from is read as the services do: of records in conflict, if it matters.</summary>
    private async Task<IEnumerable<(ReadOnlyMemory<byte> Key, RowMerge<string, int> Merge)>> MergeRowsAsync(
        DivergedView view,
        MergeChoice choice
    )
    {
        var merger = new RowMerger<string, int>(Integers, choice.AddsUp);
        var rows = await diverged.ListAsync(view, DivergedSides.None, null, 1_000, Token);
        var sides = rows.Select(SidesOf).ToList();
        await JoinBasesAsync(view, rows, sides, choice);
        var merges = sides.Select(merger.Merge).ToList();
        var asked = Enumerable.Range(0, rows.Count).Where(i => choice.AsksAncestry && merges[i].IsConflict).ToList();
        var found = await ancestors.ListAsync(view, [.. asked.Select(i => rows[i])], _ => { }, Token);
        foreach (var (i, ancestry) in asked.Zip(found))
        {
            merges[i] = merges[i] with { Sides = merges[i].Sides with { Ancestry = new(Integers, RowsOf(ancestry)) } };
        }

        return rows.Select(row => row.Key).Zip(merges);
    }

    private async Task JoinBasesAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> rows,
        List<RowSides<string, int>> sides,
        MergeChoice choice
    )
    {
        var rule = new CrosswiseBase<string, int>(Integers, MergeChoice.MayAddUp);
        // As the services ask: where both sides show the same and nothing adds up, that is the result.
        var asked = Enumerable
            .Range(0, rows.Count)
            .Where(i =>
                rows[i].MayCross
                && (!Merger.AreEqual(sides[i].Source.Cells, sides[i].Target.Cells) || choice.AddsUp("a"))
            )
            .ToList();
        var found = await crosswise.ListAsync(view, [.. asked.Select(i => rows[i])], Token);
        foreach (var (i, seen) in asked.Zip(found).Where(row => row.Second.Count > 0))
        {
            sides[i] = sides[i] with
            {
                Base = rule.Find([
                    .. seen.Select(row => new SeenRow<string, int>(
                        row.Timeline,
                        row.Version,
                        Cells(row.Document),
                        row.Saw
                    )),
                ]),
            };
        }
    }

    private static IEnumerable<AncestralRow<string, int>> RowsOf(IReadOnlyList<AncestralRecord> records) =>
        records.Select(row => new AncestralRow<string, int>(row.Version, Cells(row.Document), row.Over));

    private async Task<bool> RevertAsync(int branch, int point)
    {
        var (before, after) = (await SeeAsync(branch, point - 1), await SeeAsync(branch, point));
        var head = await HeadAsync(names[branch]);
        var touched = await diverged.ListAsync(
            new(Project, before, before, after),
            DivergedSides.None,
            null,
            1_000,
            Token
        );
        var now = await ReadCellsAsync(new(Project, head.Snapshot), touched.Select(row => row.Key));
        var settler = new RowSettler<string, int>(Integers, MergeStrategy.TakeTarget, _ => null);
        var changes = touched
            .Zip(
                now,
                (row, current) =>
                    (row.Key, Sides: new RowSides<string, int>(State(row.Target), State(row.Base), current))
            )
            .Select(row => (row.Key, Now: row.Sides.Target.Cells, Then: settler.Settle(Merger.Merge(row.Sides)).Cells))
            .Where(row => !Merger.AreEqual(row.Now, row.Then))
            .ToDictionary(row => KeyOf(row.Key), row => Row.From(row.Then));
        return await WriteAnyAsync(branch, changes);
    }

    private async Task<bool> PickAsync(int target, int source, int point, IReadOnlyList<int> keys)
    {
        var bytes = keys.Select(KeyBytes).ToList();
        var then = await ReadCellsAsync(new(Project, await SeeAsync(source, point)), bytes);
        var now = await ReadCellsAsync(RecordView.Of(Project, await HeadAsync(names[target])), bytes);
        var changes = keys.Select((key, i) => (key, Then: then[i].Cells, Now: now[i].Cells))
            .Where(pick => !Merger.AreEqual(pick.Then, pick.Now))
            .ToDictionary(pick => pick.key, pick => Row.From(pick.Then));
        return await WriteAnyAsync(target, changes);
    }

    private async Task<bool> DeleteAndCollectAsync(int branch)
    {
        await records.Lab.Writer.DeleteAsync(Project, new(names[branch]), TimeSpan.Zero, Lab.Mutation(), Token);
        await garbage.PurgeAsync(Project, 100, "tests", Token);
        await garbage.AbsorbAsync(Project, default, 1_000, Token);
        await garbage.JudgeAsync(Project, default, 1_000, TimeSpan.Zero, Token);
        while (await garbage.SweepAsync(Project, 1_000, Token) is not null) { }
        await garbage.AbsorbAsync(Project, default, 1_000, Token);

        await AddBranchAsync(names[0], SnapshotPoint.Head);
        (names[branch], points[branch]) = (names[^1], points[^1]);
        names.RemoveAt(names.Count - 1);
        points.RemoveAt(points.Count - 1);
        return true;
    }

    private async Task<bool> WriteAnyAsync(int branch, Dictionary<int, Row?> changes)
    {
        if (changes.Count > 0)
        {
            await WriteAsync(branch, changes);
        }

        return changes.Count > 0;
    }

    private async Task<IReadOnlyDictionary<int, Row>> ReadAsync(int branch, SnapshotPoint point)
    {
        Assert.Null(await history.FindUnseenForkAsync(Project, await HeadAsync(names[branch]), Token));
        return await ReadAsync(await records.ViewAsync(names[branch], point));
    }

    private async Task<IReadOnlyDictionary<int, Row>> ReadTagAsync(int tag) =>
        await ReadAsync(await records.ViewAsync(names[0], SnapshotPoint.AtTagged(TagWriterLab.Name(tag))));

    private async Task<IReadOnlyDictionary<int, Row>> ReadBaseAsync(int left, int right)
    {
        var heads = new MergeHeads(await HeadAsync(names[left]), await HeadAsync(names[right]));
        return await ReadAsync(new RecordView(Project, heads.Base));
    }

    /// <summary>
    /// By a scan; a page and a point read of each key must show the same, and so must a snapshot of which it is not
    /// known what it sees of absorbed timelines. Verification finds nothing in what nobody tampered with.
    /// </summary>
    private async Task<IReadOnlyDictionary<int, Row>> ReadAsync(RecordView view)
    {
        var rows = await ScanAsync(view);
        var unknowing = new RecordView(Project, view.Snapshot);
        Assert.Equal(rows, await ScanAsync(unknowing));
        Assert.Null(await history.FindMisleadingAsync(Project, view.Snapshot, Token));
        return rows;
    }

    private async Task<IReadOnlyDictionary<int, Row>> ScanAsync(RecordView view)
    {
        var rows = new Dictionary<int, Row>();
        await foreach (var record in records.Reader.ScanAsync(view, new(records.Dataset), Token))
        {
            Assert.True(rows.TryAdd(KeyOf(record.Key), Row.From(Cells(record.Document))!), "A scan shows a key twice.");
        }

        var keys = Enumerable.Range(0, History.Keys).ToList();
        var points = await ReadCellsAsync(view, keys.Select(KeyBytes));
        Assert.Equal(keys.Select(rows.GetValueOrDefault), points.Select(point => Row.From(point.Cells)));
        var (page, _, _) = await records.Reader.ListAsync(view, new(records.Dataset), History.Keys, Token);
        Assert.Equal(rows.Keys.Order(), page.Select(record => KeyOf(record.Key)).Order());
        return rows;
    }

    private async Task<IReadOnlySet<int>> DiffAsync(int from, int to)
    {
        var heads = new MergeHeads(await HeadAsync(names[from]), await HeadAsync(names[to]));
        var rows = await diverged.ListAsync(heads.ViewOf(Project), DivergedSides.None, null, 1_000, Token);
        return rows.Where(row => !Merger.AreEqual(State(row.Source).Cells, State(row.Target).Cells))
            .Select(row => KeyOf(row.Key))
            .ToHashSet();
    }

    private async Task<IReadOnlyList<RowState<string, int>>> ReadCellsAsync(
        RecordView view,
        IEnumerable<ReadOnlyMemory<byte>> keys
    )
    {
        var found = await records.Reader.GetAsync(view, records.Dataset, [.. keys], Token);
        return [.. found.Select(State)];
    }

    private Task<BranchSnapshot> HeadAsync(string branch) =>
        records.Lab.Snapshots.ReadAsync(Project, branch, SnapshotPoint.Head, Token);

    private Task<Snapshot> SeeAsync(int branch, int point) =>
        records.Lab.SeeAsync(names[branch], SnapshotPoint.At(points[branch][point]));

    private static RowSides<string, int> SidesOf(DivergedRecord row) =>
        new(
            State(row.Base),
            State(row.Source) with
            {
                IsDiverged = row.Sides.HasFlag(DivergedSides.Source),
            },
            State(row.Target) with
            {
                IsDiverged = row.Sides.HasFlag(DivergedSides.Target),
            }
        );

    private static RowState<string, int> State(StoredRecord? record) =>
        new(record?.Version ?? CommitVersion.Zero, Cells(record?.Document));

    private RecordChange Change(int key, IReadOnlyDictionary<string, int>? cells) =>
        new(
            records.Dataset,
            KeyBytes(key),
            cells is null ? null : (ReadOnlyMemory<byte>?)JsonSerializer.SerializeToUtf8Bytes(cells)
        );

    private static Dictionary<string, int>? Cells(ReadOnlyMemory<byte>? document) =>
        document is { } json ? JsonSerializer.Deserialize<Dictionary<string, int>>(json.Span) : null;

    private static ReadOnlyMemory<byte> KeyBytes(int key) =>
        Encoding.UTF8.GetBytes(key.ToString(CultureInfo.InvariantCulture));

    private static int KeyOf(ReadOnlyMemory<byte> key) =>
        int.Parse(Encoding.UTF8.GetString(key.Span), CultureInfo.InvariantCulture);

    private static string Describe(ReadOnlyMemory<byte> key, RowMerge<string, int> merge)
    {
        var columns = merge.Clashes.Select(clash => clash.Column).Order(StringComparer.Ordinal);
        return $"k{KeyOf(key)} {merge.Outcome} {string.Join(",", columns)}";
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();
}
