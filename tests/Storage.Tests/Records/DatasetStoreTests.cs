using System.Text;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Storage.Tests.Records;

public sealed class DatasetStoreTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dataset_is_made_changed_renamed_and_deleted_on_a_branch_and_stays_as_it_was_elsewhere()
    {
        var lab = await RecordLab.CreateAsync(database, "datasets");
        await lab.Lab.ForkAsync("trial");
        var made = new DatasetChange(lab.Dataset, lab.Lab.NewUid(), "subjects", Json("""{"columns": 1}"""));
        var creation = await CommitAsync(lab, "trial", made);
        await lab.Lab.ForkAsync("renamed", "trial");
        await lab.Lab.ForkAsync("deleted", "trial");
        var change = made with { Name = "patients", Definition = Json("""{"columns": 2}"""), CreateVersion = creation };
        var renaming = await CommitAsync(lab, "renamed", change);
        await CommitAsync(lab, "deleted", made with { Deleted = true, CreateVersion = creation });

        var original = await FindAsync(lab, "trial", "subjects");
        Assert.Equal("""{"columns": 1}""", RecordLab.Text(original!.Definition));
        Assert.Equal((creation, creation), (original.CreateVersion, original.Version));
        var renamed = await FindAsync(lab, "renamed", "patients");
        Assert.Equal("""{"columns": 2}""", RecordLab.Text(renamed!.Definition));
        Assert.Equal((creation, renaming, made.Uid), (renamed.CreateVersion, renamed.Version, renamed.Uid));
        Assert.True(renamed.CreateTime <= renamed.UpdateTime);
        Assert.Null(await FindAsync(lab, "renamed", "subjects"));
        Assert.Null(await FindAsync(lab, "trial", "patients"));
        Assert.Null(await FindAsync(lab, "deleted", "subjects"));
        var before = await lab.ViewAsync("renamed", SnapshotPoint.At(creation));
        Assert.NotNull(await lab.Datasets.FindAsync(before, "subjects", Token));
    }

    [Fact]
    public async Task Datasets_are_listed_by_name_in_pages()
    {
        var lab = await RecordLab.CreateAsync(database, "listed");
        await lab.Lab.ForkAsync("trial");
        foreach (var name in new[] { "vitals", "labs", "subjects" })
        {
            var id = await lab.Datasets.AllocateAsync(lab.Lab.Project, Token);
            await CommitAsync(lab, "trial", new(id, lab.Lab.NewUid(), name, Json("{}")));
        }

        var view = await lab.ViewAsync("trial");
        var first = await lab.Datasets.ListAsync(view, "", 2, Token);
        var second = await lab.Datasets.ListAsync(view, first[^1].Name, 2, Token);

        Assert.Equal(["labs", "subjects"], first.Select(dataset => dataset.Name));
        Assert.Equal(["vitals"], second.Select(dataset => dataset.Name));
    }

    private static async Task<Versioning.CommitVersion> CommitAsync(RecordLab lab, string branch, DatasetChange change)
    {
        var commit = new RecordCommit("tests", "") { Datasets = [change] };
        var head = await lab.HeadAsync(branch);
        return (await lab.Writer.TryCommitAsync(lab.Lab.Project, head, commit, Token))!.Version;
    }

    private static async Task<DatasetRecord?> FindAsync(RecordLab lab, string branch, string name) =>
        await lab.Datasets.FindAsync(await lab.ViewAsync(branch), name, Token);

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);
}
