using Dendrite.BranchService.Merging;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>What stands in the way of a finalize is found before anything is visible.</summary>
public sealed class FinalizeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_tag_id_that_is_taken_is_refused_before_the_merge()
    {
        var (trial, request) = await PrepareAsync();
        await fixture.TagAsync(request.TagId, new() { Branch = trial.Branch("target") });

        var message = await RefusesAsync(request, StatusCode.AlreadyExists, ErrorReason.AlreadyExists);

        Assert.Contains($"'{request.TagId}'", message);
    }

    [Fact]
    public async Task A_protected_source_is_refused_before_the_merge_unless_it_is_kept()
    {
        var (trial, request) = await PrepareAsync();
        await fixture.Branches.SetBranchProtectionAsync(
            new() { Name = trial.Branch("source"), Protected = true },
            fixture.Lab
        );

        await RefusesAsync(request, StatusCode.FailedPrecondition, ErrorReason.BranchProtected);

        request.KeepSource = true;
        var result = await FinalizeAsync(request);
        Assert.False(result.SourceDeleted);
        Assert.Equal(BranchState.Active, await StateAsync(trial));
    }

    [Fact]
    public async Task A_source_that_went_on_after_the_state_to_merge_is_refused_before_the_merge_unless_it_is_kept()
    {
        var (trial, request) = await PrepareAsync();
        request.Pair.SourcePoint = new() { Version = await trial.HeadVersionAsync("source") };
        await trial.PutAsync("source", ("s4", 20, "active", "c4"));

        var message = await RefusesAsync(request, StatusCode.Aborted, ErrorReason.HeadMoved);
        Assert.Contains("keep", message);

        request.KeepSource = true;
        var result = await FinalizeAsync(request);
        Assert.Equal(request.Pair.SourcePoint.Version, result.Merge.SourceVersion);
        Assert.Contains("s4 20 active c4", await trial.SubjectsAsync("source"));
        Assert.DoesNotContain("s4 20 active c4", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_tag_of_another_branch_does_not_delete_the_source()
    {
        var (trial, request) = await PrepareAsync();
        await fixture.TagAsync($"{request.TagId}-else", new() { Branch = trial.Branch("target") });
        request.Pair.SourcePoint = new() { Tag = $"projects/lab/tags/{request.TagId}-else" };

        await RefusesAsync(request, StatusCode.Aborted, ErrorReason.HeadMoved);
    }

    [Fact]
    public async Task The_head_named_by_its_version_is_merged_and_the_source_deleted()
    {
        var (trial, request) = await PrepareAsync();
        request.Pair.SourcePoint = new() { Version = await trial.HeadVersionAsync("source") };

        var result = await FinalizeAsync(request);

        Assert.True(result.SourceDeleted);
        Assert.Equal(BranchState.Deleted, await StateAsync(trial));
    }

    [Fact]
    public async Task A_source_without_a_commit_tags_the_target_as_it_is()
    {
        var word = fixture.NextWord();
        var target = (await fixture.CreateAsync($"{word}-target")).Name;
        var source = (await fixture.CreateAsync($"{word}-source", new() { Branch = target })).Name;
        var pair = new MergePair { Source = source, Target = target };

        var result = await FinalizeAsync(new() { Pair = pair, TagId = word });

        var tag = (await fixture.Tags.GetTagAsync(new() { Name = result.Tag }, fixture.Lab)).Tag;
        var head = (await fixture.Branches.GetBranchAsync(new() { Name = target }, fixture.Lab)).Branch.HeadVersion;
        Assert.Equal((target, head), (tag.Branch, tag.Version));
        Assert.Null(result.Merge);
    }

    /// <summary>As if the service had died before the deletion.</summary>
    [Fact]
    public async Task A_finalize_that_goes_on_after_its_source_was_renamed_deletes_that_one()
    {
        var word = fixture.NextWord();
        var target = (await fixture.CreateAsync($"{word}-target")).Name;
        var source = (await fixture.CreateAsync($"{word}-source", new() { Branch = target })).Name;
        var request = new FinalizeBranchRequest
        {
            Pair = new() { Source = source, Target = target },
            RequestId = $"{Guid.CreateVersion7()}",
        };
        await FinalizeAsync(request);
        await fixture.Branches.UndeleteBranchAsync(new() { Name = source }, fixture.Lab);
        await fixture.AsOwnerAsync(
            $"""
            DELETE FROM branching.request WHERE outcome = (
                SELECT int8send(branch_id) FROM branching.branch WHERE name = '{word}-source')
            """
        );
        var renaming = new RenameBranchRequest { Name = source, NewBranchId = $"{word}-renamed" };
        var renamed = (await fixture.Branches.RenameBranchAsync(renaming, fixture.Lab)).Branch.Name;
        // Another one of its name, which stands where it stood.
        await fixture.CreateAsync($"{word}-source", new() { Branch = renamed });

        var result = await FinalizeAsync(request);

        Assert.True(result.SourceDeleted);
        Assert.Equal((BranchState.Deleted, BranchState.Active), (await StateAsync(renamed), await StateAsync(source)));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(17)]
    [InlineData(25)]
    [InlineData(33)]
    public void What_was_kept_of_a_merge_is_read_whenever_it_was_kept(int length)
    {
        var done = new MergeDone(MergeOutcome.FastForward, new(7))
        {
            SourceVersion = new(11),
            TargetVersion = new(12),
            Source = new(13),
        };

        var read = MergeMemory.Read(MergeMemory.Write(done).AsSpan(0, length));

        Assert.Equal(done.Merge, read.Merge);
        Assert.Equal(length < 17 ? MergeOutcome.Merged : done.Outcome, read.Outcome);
        Assert.Equal(length < 17 ? default : done.SourceVersion, read.SourceVersion);
        Assert.Equal(length < 25 ? null : done.TargetVersion, read.TargetVersion);
        Assert.Equal(length < 33 ? null : done.Source, read.Source);
    }

    /// <summary>The source has added s3; the tag's id is free.</summary>
    private async Task<(Trial Trial, FinalizeBranchRequest Request)> PrepareAsync()
    {
        var word = fixture.NextWord();
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        return (
            trial,
            new()
            {
                Pair = trial.Pair,
                TagId = $"{word}-tag",
                RequestId = $"{Guid.CreateVersion7()}",
            }
        );
    }

    /// <summary>The call is refused, and nothing was written; gives what it says.</summary>
    private async Task<string> RefusesAsync(FinalizeBranchRequest request, StatusCode status, ErrorReason reason)
    {
        var before = await fixture.CountAllAsync();
        var refusal = await RefusedAsync(
            status,
            reason,
            () => fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)
        );
        Assert.Equal(before, await fixture.CountAllAsync());
        return refusal.Message;
    }

    private async Task<FinalizeResult> FinalizeAsync(FinalizeBranchRequest request) =>
        (await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)).Operation.Response.Unpack<FinalizeResult>();

    private Task<BranchState> StateAsync(Trial trial) => StateAsync(trial.Branch("source"));

    private async Task<BranchState> StateAsync(string branch) =>
        (await fixture.Branches.GetBranchAsync(new() { Name = branch }, fixture.Lab)).Branch.State;
}
