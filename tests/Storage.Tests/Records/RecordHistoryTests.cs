using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordHistoryTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_versions_of_a_record_come_newest_first_with_the_branch_that_each_was_written_in()
    {
        var lab = await RecordLab.CreateAsync(database, "history");
        await lab.Lab.ForkAsync("parent");
        await lab.CommitAsync("parent", lab.Put("a", "1"), lab.Put("b", "1"));
        await lab.Lab.ForkAsync("child", "parent");
        await lab.Lab.ForkAsync("sibling", "parent");
        await lab.CommitAsync("sibling", lab.Put("a", "unseen"));
        await lab.CommitAsync("child", lab.Delete("a"));
        await lab.CommitAsync("child", lab.Put("a", "3"));
        var history = new RecordHistory(lab.Database);
        var view = await lab.ViewAsync("child");

        List<string> versions = [];
        CommitVersion? before = null;
        while (
            await history.ListAsync(view, (lab.Dataset, RecordLab.Key("a")), before, 2, Token)
                is { Items: { Count: > 0 } page }
        )
        {
            versions.AddRange(page.Select(Describe));
            before = page[^1].Record.Version;
        }

        Assert.Equal(["""child: {"1": "3"}""", "child: deleted", """parent: {"1": "1"}"""], versions);
    }

    [Fact]
    public async Task A_page_of_large_versions_is_some_megabytes_with_what_each_replaced()
    {
        var lab = await RecordLab.CreateAsync(database, "large-versions");
        await lab.Lab.ForkAsync("trial");
        for (var i = 0; i < 6; i++)
        {
            await lab.CommitAsync("trial", lab.Put("a", new((char)('a' + i), 900_000)));
        }

        var (history, view) = (new RecordHistory(lab.Database), await lab.ViewAsync("trial"));
        var (counts, before) = (new List<int>(), (CommitVersion?)null);
        bool more;
        do
        {
            (var page, more, _) = await history.ListAsync(view, (lab.Dataset, RecordLab.Key("a")), before, 200, Token);
            counts.Add(page.Count);
            before = page[^1].Record.Version;
        } while (more);

        Assert.Equal([2, 2, 2], counts);
    }

    private static string Describe(RecordVersion version) =>
        $"{version.Commit.Branch}: {(version.Record.Document is { } document ? RecordLab.Text(document) : "deleted")}";
}
