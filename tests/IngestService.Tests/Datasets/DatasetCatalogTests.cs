using Dendrite.IngestService.Datasets;
using Dendrite.IngestService.Tests.Records;
using Dendrite.Storage.Records;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Datasets;

/// <summary>When a dataset that was found once is asked for again.</summary>
public sealed class DatasetCatalogTests(IngestFixture fixture) : IClassFixture<IngestFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dataset_is_not_asked_for_again_after_commits_of_records()
    {
        var (catalog, head) = await ArrangeAsync();
        var found = await catalog.FindAsync(RecordView.Of(fixture.ProjectId, head), RecordLab.Subjects, Token);

        catalog.Committed(fixture.ProjectId, head, At(head, 1).Version);
        catalog.Committed(fixture.ProjectId, At(head, 1), At(head, 2).Version);

        Assert.NotNull(found);
        Assert.Same(found, await FindUnaskedAsync(catalog, At(head, 2)));
    }

    [Fact]
    public async Task It_is_asked_for_again_where_a_commit_came_between_that_this_process_did_not_make()
    {
        var (catalog, head) = await ArrangeAsync();
        await catalog.FindAsync(RecordView.Of(fixture.ProjectId, head), RecordLab.Subjects, Token);

        catalog.Committed(fixture.ProjectId, head, At(head, 1).Version);
        // What commit 2 changed is not known here.
        catalog.Committed(fixture.ProjectId, At(head, 2), At(head, 3).Version);

        Assert.Null(await FindUnaskedAsync(catalog, At(head, 2)));
        Assert.Null(await FindUnaskedAsync(catalog, At(head, 3)));
    }

    [Fact]
    public async Task Commits_of_one_branch_say_nothing_of_another()
    {
        var (catalog, head) = await ArrangeAsync();
        await catalog.FindAsync(RecordView.Of(fixture.ProjectId, head), RecordLab.Subjects, Token);
        var other = head with { Timeline = new(head.Timeline.Value + 1_000) };

        catalog.Committed(fixture.ProjectId, other, At(other, 1).Version);

        Assert.Null(await FindUnaskedAsync(catalog, At(head, 1)));
        Assert.Null(await FindUnaskedAsync(catalog, At(other, 1)));
    }

    private async Task<(DatasetCatalog Catalog, BranchSnapshot Head)> ArrangeAsync()
    {
        var lab = await RecordLab.CreateAsync(fixture);
        var heads = fixture.App.Services.GetRequiredService<RememberedHeads>();
        var head = await heads.ReadAsync(fixture.ProjectId, lab.Branch.Split('/')[^1], Token);
        // One of its own: the service's has seen the branch made.
        return (new(fixture.App.Services.GetRequiredService<DatasetStore>()), head);
    }

    /// <summary>So many commits later.</summary>
    private static BranchSnapshot At(BranchSnapshot head, int commits) =>
        head with
        {
            Version = new(head.Version.Value + commits),
        };

    /// <summary>Through a snapshot that shows nothing: whoever asks the database finds no dataset.</summary>
    private Task<Dataset?> FindUnaskedAsync(DatasetCatalog catalog, BranchSnapshot state) =>
        catalog.FindAsync(
            RecordView.Of(fixture.ProjectId, state with { Snapshot = Snapshot.Empty }),
            RecordLab.Subjects,
            Token
        );
}
