using System.Security.Cryptography;
using System.Text;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;

namespace Dendrite.Storage.Tests.Records;

public sealed class RecordLookupTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const int Rule = 7;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Records_are_found_by_their_values_only_while_they_have_them_and_only_where_they_are_seen()
    {
        var lab = await RecordLab.CreateAsync(database, "lookups");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", Put(lab, "a", "red"), Put(lab, "b", "red"), Put(lab, "c", "blue"));
        await lab.Lab.ForkAsync("child", "trial");
        await lab.CommitAsync("child", Put(lab, "a", "blue"), lab.Delete("b"));
        await lab.CommitAsync("child", Put(lab, "a", "red"), Put(lab, "d", "red"));

        Assert.Equal(["a", "b"], await FindAsync(lab, "trial", "red", 10));
        Assert.Equal(["c"], await FindAsync(lab, "trial", "blue", 10));
        Assert.Equal(["a", "d"], await FindAsync(lab, "child", "red", 10));
        Assert.Equal(["a"], await FindAsync(lab, "child", "red", 1));
        Assert.Equal(["c"], await FindAsync(lab, "child", "blue", 10));
        Assert.Empty(await FindAsync(lab, "child", "green", 10));
    }

    [Fact]
    public async Task A_rule_that_came_later_finds_older_records_once_they_are_added_however_often()
    {
        var lab = await RecordLab.CreateAsync(database, "later");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "red"), lab.Put("b", "red"));
        var view = await lab.ViewAsync("trial");
        var record = (await lab.Reader.GetAsync(view, lab.Dataset, [RecordLab.Key("a")], Token))[0]!;

        for (var time = 0; time < 2; time++)
        {
            await using var session = await lab.Database.BeginAsync(lab.Lab.Project, Token);
            await RecordLookups.AddAsync(session, lab.Dataset, [(record, Digest("red"))], Token);
            await session.CommitAsync(Token);
        }

        Assert.Equal(["a"], await FindAsync(lab, "trial", "red", 10));
    }

    [Fact]
    public async Task More_entries_than_one_statement_takes_are_added_all()
    {
        const int Entries = 40_001;
        var lab = await RecordLab.CreateAsync(database, "many");
        await lab.Lab.ForkAsync("trial");
        await lab.CommitAsync("trial", lab.Put("a", "red"));
        var view = await lab.ViewAsync("trial");
        var record = (await lab.Reader.GetAsync(view, lab.Dataset, [RecordLab.Key("a")], Token))[0]!;

        await using var session = await lab.Database.BeginAsync(lab.Lab.Project, Token);
        var entries = Enumerable.Range(0, Entries).Select(i => (record, Digest($"{i}"))).ToList();
        await RecordLookups.AddAsync(session, lab.Dataset, entries, Token);
        await session.CommitAsync(Token);

        foreach (var value in new[] { 0, 20_000, Entries - 1 })
        {
            Assert.Equal(["a"], await FindAsync(lab, "trial", $"{value}", 10));
        }
    }

    private static async Task<IEnumerable<string>> FindAsync(RecordLab lab, string branch, string value, int limit)
    {
        var lookups = new RecordLookups(lab.Database);
        var view = await lab.ViewAsync(branch);
        var found = await lookups.FindAsync(view, lab.Dataset, [Digest(value)], limit, Token);
        return found.Select(match => RecordLab.Text(match.Key));
    }

    private static RecordChange Put(RecordLab lab, string key, string value) =>
        lab.Put(key, value) with
        {
            Lookups = [Digest(value)],
        };

    private static RuleDigest Digest(string value) => new(Rule, SHA256.HashData(Encoding.UTF8.GetBytes(value)));
}
