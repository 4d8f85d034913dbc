using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Records;

public sealed class DivergedRecordTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_branches_only_what_either_wrote_since_the_fork_is_told_as_each_of_the_three_sees_it()
    {
        var lab = await RecordLab.CreateAsync(database, "diverged");
        await lab.Lab.ForkAsync("target");
        await lab.CommitAsync("target", lab.Put("a", "1"), lab.Put("b", "1"), lab.Put("c", "1"), lab.Put("d", "1"));
        await lab.Lab.ForkAsync("source", "target");
        await lab.CommitAsync("source", lab.Put("a", "2"), lab.Delete("b"), lab.Put("e", "2"));
        await lab.CommitAsync("source", lab.Put("a", "3"));
        await lab.CommitAsync("target", lab.Put("b", "4"), lab.Put("c", "4"));
        var view = await ViewAsync(lab, "source", "target");
        var diverged = new DivergedRecords(lab.Database);

        var all = await diverged.ListAsync(view, DivergedSides.None, null, 100, Token);

        Assert.Equal(
            ["a Source: 1, 3, 1", "b Both: 1, deleted, 4", "c Target: 1, 1, 4", "e Source: never, 2, never"],
            all.Select(Describe)
        );
        // A row that two of the three show is held once.
        Assert.Same(all[0].Base, all[0].Target);
        Assert.Same(all[2].Base, all[2].Source);
        Assert.Equal(
            ["b Both: 1, deleted, 4"],
            (await diverged.ListAsync(view, DivergedSides.Both, null, 100, Token)).Select(Describe)
        );
        Assert.Equal(
            ["c Target: 1, 1, 4"],
            (await diverged.ListAsync(view, DivergedSides.None, (lab.Dataset, all[1].Key), 1, Token)).Select(Describe)
        );
        Assert.Equal(
            [
                new DivergedCount(lab.Dataset, DivergedSides.Source, 2),
                new(lab.Dataset, DivergedSides.Target, 1),
                new(lab.Dataset, DivergedSides.Both, 1),
            ],
            await diverged.CountAsync(view, Token)
        );
        var streamed = await diverged.StreamAsync(view, DivergedSides.None, Token).ToListAsync(Token);
        Assert.Equal(all.Select(Describe), streamed.Select(Describe));
    }

    [Fact]
    public async Task Once_a_merge_has_marked_what_both_sides_wrote_a_scan_of_both_shows_each_key_once()
    {
        var lab = await RecordLab.CreateAsync(database, "marked");
        await lab.Lab.ForkAsync("target");
        await lab.CommitAsync("target", lab.Put("a", "1"));
        await lab.Lab.ForkAsync("source", "target");
        // Neither side sees the other's row of "b", and the source's row of "a" is written before the target's.
        await lab.CommitAsync("source", lab.Put("a", "2"), lab.Put("b", "2"));
        await lab.CommitAsync("target", lab.Put("a", "3"), lab.Put("b", "3"));
        var view = await ViewAsync(lab, "source", "target");
        var merged = new RecordView(lab.Lab.Project, Snapshot.Union(view.Source, view.Target));

        await using (var session = await lab.Database.BeginAsync(lab.Lab.Project, Token))
        {
            Assert.Equal(3, await MergedShadows.MarkAsync(session, view, Token));
            await session.CommitAsync(Token);
        }

        var scanned = await lab.ScanAsync(merged);
        Assert.Equal(["a", "b"], scanned.Keys);
        Assert.All(scanned.Values, document => Assert.Equal("3", document.Split('"')[3]));
    }

    [Fact]
    public async Task The_base_of_two_branches_that_each_merged_the_same_lines_shows_each_key_once()
    {
        var lab = await RecordLab.CreateAsync(database, "bases");
        foreach (var branch in new[] { "first", "second", "early", "late" })
        {
            await lab.Lab.ForkAsync(branch);
        }

        await lab.CommitAsync("first", lab.Put("a", "1"));
        await lab.CommitAsync("second", lab.Put("a", "2"));
        // What wins in this branch is a row of its own, both times.
        await lab.CommitAsync("early", lab.Put("a", "3"));
        await MergeAsync(lab, "first", "early");
        await MergeAsync(lab, "second", "early");
        // And in the other one, a row of the first line that the base does not show.
        await lab.CommitAsync("first", lab.Put("a", "4"));
        await MergeAsync(lab, "second", "late");
        await MergeAsync(lab, "first", "late");

        var both = Snapshot.Base(await lab.Lab.SeeAsync("early"), await lab.Lab.SeeAsync("late"));

        var scanned = await lab.ScanAsync(new RecordView(lab.Lab.Project, both));
        Assert.Equal(["2"], scanned.Values.Select(document => document.Split('"')[3]));
    }

    private static async Task MergeAsync(RecordLab lab, string source, string target)
    {
        var view = await ViewAsync(lab, source, target);
        var union = Snapshot.Union(view.Source, view.Target);
        await TestMerge.CommitAsync(lab, await lab.HeadAsync(target), (view, union), []);
    }

    private static async Task<DivergedView> ViewAsync(RecordLab lab, string source, string target) =>
        DivergedView.Of(lab.Lab.Project, await lab.Lab.SeeAsync(source), await lab.Lab.SeeAsync(target));

    private static string Describe(DivergedRecord record) =>
        $"{RecordLab.Text(record.Key)} {record.Sides}: "
        + $"{Cell(record.Base)}, {Cell(record.Source)}, {Cell(record.Target)}";

    private static string Cell(StoredRecord? record) =>
        record is null ? "never"
        : record.Document is { } document ? RecordLab.Text(document).Split('"')[3]
        : "deleted";
}
