using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Tests.Records;

namespace Dendrite.Storage.Tests.Merging;

public sealed class MergeWriterTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_a_merge_is_tried_out_both_sides_write_the_records_that_both_wrote()
    {
        var lab = await DivergedAsync("tried");
        var heads = new MergeHeads(await lab.HeadAsync("source"), await lab.HeadAsync("target"));
        await using var trial = await new MergeWriter(lab.Lab.Database).TryOutAsync(
            lab.Lab.Project,
            heads,
            // Of "a" the merge has cells of both; of "b" and "c" the later row wins, which for "c" is a deletion.
            new("tests", "") { Records = [lab.Put("a", "2 and 3")] },
            Token
        );
        Assert.NotNull(trial);

        var writes = new[] { "target", "source" }.Select(branch =>
            lab.CommitAsync(branch, lab.Put("a", "4"), lab.Put("b", "4"), lab.Put("c", "4"))
        );
        await Task.WhenAll(writes).WaitAsync(TimeSpan.FromSeconds(10), Token);

        var shown = await lab.ScanAsync(trial.View);
        Assert.Equal(["a", "b"], shown.Keys);
        Assert.Equal([Document("2 and 3"), Document("3")], shown.Values);
        var (listed, _, _) = await lab.Reader.ListAsync(trial.View, new(lab.Dataset), 10, Token);
        Assert.Equal(["a", "b"], listed.Select(record => RecordLab.Text(record.Key)));
        Assert.Equal(2, await lab.Reader.CountAsync(trial.View, new(lab.Dataset), Token));
    }

    private static string Document(string value) => RecordLab.Text(RecordLab.Document(value));

    /// <summary>Source and target have written the same records since they parted, the target later.</summary>
    private async Task<RecordLab> DivergedAsync(string project)
    {
        var lab = await RecordLab.CreateAsync(database, project);
        await lab.Lab.ForkAsync("target");
        await lab.CommitAsync("target", lab.Put("a", "1"), lab.Put("b", "1"), lab.Put("c", "1"));
        await lab.Lab.ForkAsync("source", "target");
        await lab.CommitAsync("source", lab.Put("a", "2"), lab.Put("b", "2"), lab.Put("c", "2"));
        await lab.CommitAsync("target", lab.Put("a", "3"), lab.Put("b", "3"), lab.Delete("c"));
        return lab;
    }
}
