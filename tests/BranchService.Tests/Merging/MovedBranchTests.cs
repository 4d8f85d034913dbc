using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Merges whose branches are renamed, deleted or purged after they were opened or done.</summary>
public sealed class MovedBranchTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Theory]
    [InlineData("source")]
    [InlineData("target")]
    public async Task A_merge_whose_branch_is_deleted_is_shown_as_outdated_and_goes_on_once_that_is_back(string side)
    {
        var (trial, merge) = await OpenAsync();
        await fixture.Branches.DeleteBranchAsync(new() { Name = trial.Branch(side) }, fixture.Lab);

        Assert.True((await GetAsync(merge)).Outdated);
        Assert.True(Assert.Single(await ListAsync($"pair.{side} = \"{trial.Branch(side)}\"")).Outdated);
        var refusal = await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab)
        );
        Assert.Contains(IdOf(trial.Branch(side)), refusal.Message);

        await fixture.Branches.UndeleteBranchAsync(new() { Name = trial.Branch(side) }, fixture.Lab);
        Assert.Equal(merge, await GetAsync(merge));
        var done = await fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab);
        Assert.Equal(MergeState.Completed, done.Merge.State);
    }

    [Fact]
    public async Task A_new_branch_of_a_purged_ones_id_is_not_merged_in_its_place()
    {
        var (trial, merge) = await OpenAsync();
        await fixture.PurgeAsync(IdOf(trial.Branch("source")));
        await fixture.CreateAsync(IdOf(trial.Branch("source")), new() { Branch = trial.Branch("target") });
        await trial.PutAsync("source", ("s9", 9, "another", "c9"));
        var before = await trial.SubjectsAsync("target");

        var shown = await GetAsync(merge);
        Assert.Equal((true, MergeState.Ready), (shown.Outdated, shown.State));
        var refusal = await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab)
        );

        Assert.Contains("another one", refusal.Message);
        Assert.Equal(before, await trial.SubjectsAsync("target"));
        await RefusedAsync(
            StatusCode.NotFound,
            ErrorReason.BranchNotFound,
            () => fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name }, fixture.Lab)
        );
        var closed = await fixture.Merges.AbandonMergeAsync(new() { Name = merge.Name }, fixture.Lab);
        Assert.Equal(MergeState.Abandoned, closed.Merge.State);
    }

    [Fact]
    public async Task A_merge_follows_its_branches_through_a_rename()
    {
        var (trial, merge) = await OpenAsync();
        await RenameAsync(trial, "source", "new-source");
        await RenameAsync(trial, "target", "new-target");
        // Whoever takes the old names is not meant.
        await fixture.CreateAsync(IdOf(trial.Branch("source")), new() { Branch = trial.Branch("new-target") });
        await fixture.CreateAsync(IdOf(trial.Branch("target")), new() { Branch = trial.Branch("new-target") });

        var shown = await GetAsync(merge);

        Assert.Equal((trial.Branch("new-source"), trial.Branch("new-target")), (shown.Pair.Source, shown.Pair.Target));
        Assert.False(shown.Outdated);
        Assert.Equal(shown, Assert.Single(await ListAsync($"pair.source = \"{trial.Branch("new-source")}\"")));
        Assert.Empty(await ListAsync($"pair.target = \"{trial.Branch("target")}\""));
        var done = (await fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab)).Merge;
        Assert.StartsWith(trial.Branch("new-target") + "/commits/", done.Commit.Name, StringComparison.Ordinal);
        Assert.Contains("s3 60 active c3", await trial.SubjectsAsync("new-target"));
        Assert.DoesNotContain("s3 60 active c3", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_merge_that_is_done_keeps_its_commit_after_its_target_is_renamed_and_after_it_is_purged()
    {
        var (trial, merge) = await OpenAsync();
        var done = (await fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab)).Merge;

        await RenameAsync(trial, "target", "renamed");
        var renamed = await GetAsync(merge);
        await fixture.PurgeAsync(IdOf(trial.Branch("renamed")));
        var purged = await GetAsync(merge);

        Assert.Equal($"{trial.Branch("renamed")}/commits/{done.Commit.Version}", renamed.Commit.Name);
        Assert.Equal(done.Commit.Version, purged.Commit.Version);
        Assert.Equal(done.Commit.Hash, purged.Commit.Hash);
    }

    [Theory]
    [InlineData("tag")]
    [InlineData("version")]
    public async Task A_merge_of_a_state_that_cannot_be_found_any_more_is_shown_as_outdated(string kind)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var start = await trial.HeadVersionAsync("source");
        var tag = $"{IdOf(trial.Branch("source"))}-tag";
        var version = await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        await fixture.TagAsync(tag, new() { Branch = trial.Branch("source") });
        var pair = trial.Pair;
        pair.SourcePoint = kind == "tag" ? new() { Tag = $"projects/lab/tags/{tag}" } : new() { Version = version };
        var merge = await OpenAsync(pair);

        if (kind == "tag")
        {
            await fixture.Tags.DeleteTagAsync(new() { Name = $"projects/lab/tags/{tag}" }, fixture.Lab);
        }
        else
        {
            await fixture.Branches.ResetBranchAsync(
                new()
                {
                    Name = trial.Branch("source"),
                    Point = new() { Version = start },
                },
                fixture.Lab
            );
        }

        Assert.True((await GetAsync(merge)).Outdated);
        Assert.True(Assert.Single(await ListAsync($"pair.source = \"{trial.Branch("source")}\"")).Outdated);
    }

    /// <summary>A merge without conflicts that waits: the source has added s3.</summary>
    private async Task<(Trial Trial, Merge Merge)> OpenAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        return (trial, await OpenAsync(trial.Pair));
    }

    private async Task<Merge> OpenAsync(MergePair pair)
    {
        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = pair },
        };
        return (await fixture.Merges.CreateMergeAsync(request, fixture.Lab)).Merge;
    }

    private async Task<Merge> GetAsync(Merge merge) =>
        (await fixture.Merges.GetMergeAsync(new() { Name = merge.Name }, fixture.Lab)).Merge;

    private async Task<IReadOnlyList<Merge>> ListAsync(string filter)
    {
        var request = new ListMergesRequest { Parent = "projects/lab", Filter = filter };
        return (await fixture.Merges.ListMergesAsync(request, fixture.Lab)).Merges;
    }

    private async Task RenameAsync(Trial trial, string side, string to) =>
        await fixture.Branches.RenameBranchAsync(
            new() { Name = trial.Branch(side), NewBranchId = IdOf(trial.Branch(to)) },
            fixture.Lab
        );

    private static string IdOf(string branch) => branch.Split('/')[^1];
}
