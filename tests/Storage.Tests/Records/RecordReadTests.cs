using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordReadTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_branch_sees_its_parents_records_its_own_changes_and_nothing_of_its_siblings()
    {
        var lab = await RecordLab.CreateAsync(database, "isolation");
        await lab.Lab.ForkAsync("parent");
        await lab.CommitAsync("parent", lab.Put("a", "1"), lab.Put("b", "1"), lab.Put("c", "1"));
        await lab.Lab.ForkAsync("child", "parent");
        await lab.Lab.ForkAsync("sibling", "parent");
        await lab.CommitAsync("child", lab.Put("a", "2"), lab.Delete("b"), lab.Put("d", "2"));
        await lab.CommitAsync("sibling", lab.Put("a", "3"), lab.Put("e", "3"));
        await lab.CommitAsync("parent", lab.Put("c", "4"));

        await AssertReadsAsync(lab, "child", ("a", "2"), ("c", "1"), ("d", "2"));
        await AssertReadsAsync(lab, "sibling", ("a", "3"), ("b", "1"), ("c", "1"), ("e", "3"));
        await AssertReadsAsync(lab, "parent", ("a", "1"), ("b", "1"), ("c", "4"));
    }

    [Fact]
    public async Task A_record_reads_as_it_was_at_each_of_its_versions()
    {
        var lab = await RecordLab.CreateAsync(database, "past");
        await lab.Lab.ForkAsync("trial");
        var first = await lab.CommitAsync("trial", lab.Put("a", "1"));
        var second = await lab.CommitAsync("trial", lab.Delete("a"));
        await lab.CommitAsync("trial", lab.Put("a", "3"));

        Assert.Equal([("a", "1")], await ReadAsync(lab, "trial", SnapshotPoint.At(first.Version)));
        Assert.Empty(await ReadAsync(lab, "trial", SnapshotPoint.At(second.Version)));
        Assert.Equal([("a", "3")], await ReadAsync(lab, "trial", SnapshotPoint.Head));
    }

    [Fact]
    public async Task A_deleted_record_says_in_which_version_and_one_that_never_was_says_nothing()
    {
        var lab = await RecordLab.CreateAsync(database, "deleted");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "1"));
        var deletion = await lab.CommitAsync("trial", lab.Delete("a"));

        var found = await lab.Reader.GetAsync(
            await lab.ViewAsync("trial"),
            lab.Dataset,
            [RecordLab.Key("never"), RecordLab.Key("a")],
            Token
        );

        Assert.Null(found[0]);
        Assert.True(found[1]!.IsDeleted);
        Assert.Equal(deletion.Version, found[1]!.Version);
    }

    [Fact]
    public async Task Whether_records_are_there_is_asked_without_reading_them()
    {
        var lab = await RecordLab.CreateAsync(database, "there");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "1"), lab.Put("b", "2"));
        await lab.CommitAsync("trial", lab.Delete("a"));
        ReadOnlyMemory<byte>[] keys = [RecordLab.Key("b"), RecordLab.Key("a"), RecordLab.Key("never")];
        var view = await lab.ViewAsync("trial");

        Assert.Equal([true, false, false], await lab.Reader.ExistAsync(view, lab.Dataset, keys, Token));
        Assert.Empty(await lab.Reader.ExistAsync(view, lab.Dataset, [], Token));
    }

    [Fact]
    public async Task Pages_by_key_prefix_range_and_condition_follow_each_other_without_gap_or_overlap()
    {
        var lab = await RecordLab.CreateAsync(database, "pages");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, 50).Select(i => lab.Put($"k{i:D2}", $"{i}"))]);
        var view = await lab.ViewAsync("trial");
        var query = new RecordQuery(lab.Dataset)
        {
            Keys = KeyRange.Prefix(RecordLab.Key("k")),
            Condition = new(
                "(stored.document ->> '1')::int >= @least",
                command => command.Parameters.Add(new("least", 20))
            ),
        };

        List<string> keys = [];
        while (await lab.Reader.ListAsync(view, query, 7, Token) is { Items: { Count: > 0 } page })
        {
            keys.AddRange(page.Select(record => RecordLab.Text(record.Key)));
            query = query with { Keys = query.Keys.After(page[^1].Key) };
        }

        Assert.Equal(Enumerable.Range(20, 30).Select(i => $"k{i:D2}"), keys);
    }

    [Fact]
    public async Task A_page_is_full_though_most_records_of_its_range_are_deleted()
    {
        var lab = await RecordLab.CreateAsync(database, "sparse");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, 300).Select(i => lab.Put($"k{i:D3}", $"{i}"))]);
        await lab.CommitAsync(
            "trial",
            [.. Enumerable.Range(0, 300).Where(i => i % 60 != 59).Select(i => lab.Delete($"k{i:D3}"))]
        );
        var view = await lab.ViewAsync("trial");

        Assert.Equal(["k059", "k119", "k179"], await KeysAsync(lab, view, 3));
        Assert.Equal(["k059", "k119", "k179", "k239", "k299"], await KeysAsync(lab, view, 100));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_page_of_large_records_is_some_megabytes_and_says_that_others_follow(bool isFiltered)
    {
        const int Large = 900_000;
        var lab = await RecordLab.CreateAsync(database, isFiltered ? "large-filtered" : "large");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, 10).Select(i => lab.Put($"k{i}", new('x', Large)))]);
        var view = await lab.ViewAsync("trial");
        var query = new RecordQuery(lab.Dataset)
        {
            Condition = isFiltered ? new("stored.document IS NOT NULL", _ => { }) : null,
        };
        var sessions = await SessionsAsync();

        var pages = new List<RowPage<StoredRecord>>();
        do
        {
            pages.Add(await lab.Reader.ListAsync(view, query, 1_000, Token));
            query = query with { Keys = query.Keys.After(pages[^1].Items[^1].Key) };
        } while (pages[^1].More);

        Assert.Equal([4, 4, 2], pages.Select(page => page.Items.Count));
        Assert.All(pages, page => Assert.InRange(page.Bytes, page.Items.Count * Large, 4 << 20));
        Assert.All(pages, page => Assert.Equal(4, page.RowsAtOnce(1_000)));
        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => $"k{i}"),
            pages.SelectMany(page => page.Items).Select(record => RecordLab.Text(record.Key))
        );
        // What was left of a statement did not cost its connection.
        Assert.Equal(sessions, await SessionsAsync());
    }

    [Fact]
    public async Task A_page_behind_many_deletions_reads_no_more_large_records_than_it_has()
    {
        const int Deletions = 4_000;
        const int Live = 100;
        const int Large = 300_000;
        var lab = await RecordLab.CreateAsync(database, "behind");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, Deletions).Select(i => lab.Delete($"d{i:D4}"))]);
        await lab.CommitAsync("trial", [.. Enumerable.Range(0, Live).Select(i => lab.Put($"k{i}", new('x', Large)))]);
        var view = await lab.ViewAsync("trial");
        await KeysAsync(lab, view, 1);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var keys = await KeysAsync(lab, view, 1);

        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.Equal(["k0"], keys);
        Assert.True(allocated < Live * Large / 2, $"A page of one record allocated {allocated:N0} bytes.");
    }

    [Fact]
    public async Task A_key_with_more_rows_than_a_page_asks_for_is_one_record()
    {
        var lab = await RecordLab.CreateAsync(database, "chain");
        var branch = "main";
        for (var depth = 0; depth < 40; depth++)
        {
            await lab.Lab.ForkAsync($"depth-{depth}", branch);
            branch = $"depth-{depth}";
            await lab.CommitAsync(branch, lab.Put("a", $"{depth}"), lab.Put($"b{depth:D2}", "once"));
        }

        var (page, _, _) = await lab.Reader.ListAsync(await lab.ViewAsync(branch), new(lab.Dataset), 2, Token);

        Assert.Equal(["a", "b00"], page.Select(record => RecordLab.Text(record.Key)));
        Assert.Equal("""{"1": "39"}""", RecordLab.Text(page[0].Document!.Value));
    }

    [Fact]
    public async Task Records_are_ordered_by_an_expression_and_then_by_key()
    {
        var lab = await RecordLab.CreateAsync(database, "order");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "x"), lab.Put("b", "y"), lab.Put("c", "y"), lab.Put("d", "w"));
        var query = new RecordQuery(lab.Dataset)
        {
            Order = new("stored.document ->> @column DESC", command => command.Parameters.Add(new("column", "1"))),
        };

        var (page, _, _) = await lab.Reader.ListAsync(await lab.ViewAsync("trial"), query, 3, Token);

        Assert.Equal(["b", "c", "a"], page.Select(record => RecordLab.Text(record.Key)));
    }

    /// <summary>The connections that the reader has.</summary>
    private async Task<int[]> SessionsAsync()
    {
        await using var command = database.Owner.CreateCommand(
            """
            SELECT array_agg(pid ORDER BY pid) FROM pg_stat_activity
            WHERE datname = current_database() AND usename = 'dendrite_ingest'
            """
        );
        return (int[])(await command.ExecuteScalarAsync(Token))!;
    }

    private static async Task<IEnumerable<string>> KeysAsync(RecordLab lab, RecordView view, int limit)
    {
        var (page, _, _) = await lab.Reader.ListAsync(view, new(lab.Dataset), limit, Token);
        return page.Select(record => RecordLab.Text(record.Key));
    }

    private static async Task AssertReadsAsync(RecordLab lab, string branch, params (string, string)[] expected) =>
        Assert.Equal(expected, await ReadAsync(lab, branch, SnapshotPoint.Head));

    /// <summary>By a scan, which must agree with point reads of all keys.</summary>
    private static async Task<List<(string, string)>> ReadAsync(RecordLab lab, string branch, SnapshotPoint point)
    {
        var view = await lab.ViewAsync(branch, point);
        var scanned = await lab.ScanAsync(view);
        foreach (var key in new[] { "a", "b", "c", "d", "e" })
        {
            Assert.Equal(scanned.GetValueOrDefault(key), await lab.FindAsync(view, key));
        }

        return [.. scanned.Select(pair => (pair.Key, pair.Value.Split('"')[3]))];
    }
}
