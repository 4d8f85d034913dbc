using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Storage.Tests.Records;

namespace Dendrite.Storage.Tests.Garbage;

/// <summary>Records of a branch that went on after its merge, and was dropped.</summary>
public sealed class TrimmedRecordTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the study sees, before as after.</summary>
    private static readonly string[] Kept = ["known: merged", "left: old", "new: merged"];

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task What_was_merged_counts_again_once_what_superseded_it_is_swept_and_absorbed(int rowsPerStep)
    {
        var (records, shop) = await DroppedAsync($"trimmed-{rowsPerStep}");

        await shop.Garbage.PurgeAsync(shop.Project, 1_000, "tests", Token);
        var isSwept = false;
        while (!isSwept)
        {
            await shop.Garbage.AbsorbAsync(shop.Project, default, 10_000, Token);
            await shop.Garbage.JudgeAsync(shop.Project, default, 10_000, TimeSpan.Zero, Token);
            Assert.Equal(Kept, await SeeAsync(records));
            isSwept = await shop.Garbage.SweepAsync(shop.Project, rowsPerStep, Token) is null;
            Assert.Equal(Kept, await SeeAsync(records));
        }

        await AbsorbedAsync(records, shop);
    }

    [Fact]
    public async Task What_a_merge_flags_at_that_moment_counts_again_as_well()
    {
        var (records, shop) = await DroppedAsync("flagged");
        await shop.Garbage.PurgeAsync(shop.Project, 1_000, "tests", Token);
        await shop.Garbage.JudgeAsync(shop.Project, default, 10_000, TimeSpan.Zero, Token);
        await using var merge = await shop.Lab.Database.BeginAsync(shop.Project, Token);
        await using var batch = merge.CreateBatch();
        batch
            .Add("UPDATE records.row SET shadows = true WHERE project_id = @project AND document ->> '1' = 'merged'")
            .With("project", shop.Project.Value);
        await batch.ExecuteAsync(Token);

        var sweep = shop.Garbage.SweepAsync(shop.Project, 1_000, Token);
        await database.WaitUntilWaitingAsync(1, Token);
        await merge.CommitAsync(Token);
        await sweep;
        while (await shop.Garbage.SweepAsync(shop.Project, 1_000, Token) is not null) { }

        await AbsorbedAsync(records, shop);
    }

    /// <summary>A study, and a trial that it merged, that went on with the same records and was dropped.</summary>
    private async Task<(RecordLab Records, Workshop Shop)> DroppedAsync(string project)
    {
        var records = await RecordLab.CreateAsync(database, project);
        var shop = new Workshop(database, records.Lab);
        var study = await records.Lab.ForkAsync("study");
        await records.CommitAsync("study", records.Put("known", "old"), records.Put("left", "old"));
        var trial = await records.Lab.ForkAsync("trial", "study");
        await records.CommitAsync("trial", records.Put("known", "merged"), records.Put("new", "merged"));
        await shop.MergeAsync(trial, study);
        await records.CommitAsync("trial", records.Put("known", "dropped"), records.Put("new", "dropped"));
        await records.CommitAsync("trial", records.Delete("known"), records.Put("left", "dropped"));
        await shop.DeleteAsync("trial");
        Assert.Equal(Kept, await SeeAsync(records));
        return (records, shop);
    }

    private static async Task AbsorbedAsync(RecordLab records, Workshop shop)
    {
        await shop.Garbage.AbsorbAsync(shop.Project, default, 10_000, Token);
        Assert.Single((await records.Lab.SeeAsync("study")).Entries);
        Assert.Equal(Kept, await SeeAsync(records));
        var marks = "SELECT count(*) FROM records.row WHERE project_id = @project AND superseded_version IS NOT NULL";
        Assert.Equal(0, await shop.CountAsync(marks));
    }

    /// <summary>The records of the study, in each of the ways that they are read.</summary>
    private static async Task<IReadOnlyList<string>> SeeAsync(RecordLab records)
    {
        var view = await records.ViewAsync("study");
        var scanned = (await records.ScanAsync(view)).Select(record => Show(record.Key, record.Value)).ToList();
        var (listed, _, _) = await records.Reader.ListAsync(view, new(records.Dataset), 100, Token);
        Assert.Equal(scanned, listed.Select(record => Show(RecordLab.Text(record.Key), Document(record))));
        Assert.Equal(scanned.Count, await records.Reader.CountAsync(view, new(records.Dataset), Token));
        foreach (var key in new[] { "known", "left", "new" })
        {
            Assert.Contains(Show(key, await records.FindAsync(view, key)), scanned);
        }

        return scanned;
    }

    private static string Document(StoredRecord record) => RecordLab.Text(record.Document!.Value);

    private static string Show(string key, string? document) => $"{key}: {document?.Split('"')[3]}";
}
