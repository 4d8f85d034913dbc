using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Finalizing a branch, undoing commits and merges, picking records.</summary>
public sealed class BranchCommitTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Finalizing_merges_tags_and_deletes_and_can_be_asked_for_again()
    {
        var trial = await Trial.CreateAsync(fixture, "final");
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var request = new FinalizeBranchRequest
        {
            Pair = trial.Pair,
            TagId = "final-v1",
            RequestId = "7d3f9a0e-0000-4000-8000-0000000000a2",
        };

        var first = (await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)).Operation;
        var second = (await fixture.Merges.FinalizeBranchAsync(request, fixture.Lab)).Operation;

        var result = second.Response.Unpack<FinalizeResult>();
        Assert.Equal(first.Name, second.Name);
        Assert.Equal("projects/lab/tags/final-v1", result.Tag);
        Assert.True(result.SourceDeleted);
        Assert.Equal(result.Merge.Commit.Version, await trial.HeadVersionAsync("target"));
        var source = await fixture.Branches.GetBranchAsync(new() { Name = trial.Branch("source") }, fixture.Lab);
        Assert.Equal(BranchState.Deleted, source.Branch.State);
        var id = first.Name[(first.Name.LastIndexOf('/') + 1)..];
        var kept = $"SELECT response FROM branching.operation WHERE operation_id = '{id}' AND state = 'succeeded'";
        Assert.Equal(first.Response.Value.ToByteArray(), (byte[]?)await fixture.AsOwnerAsync(kept));
    }

    [Fact]
    public async Task Reverting_a_commit_keeps_what_came_later_and_conflicts_where_that_touched_the_same_cell()
    {
        var trial = await Trial.CreateAsync(fixture, "revert");
        var bad = await trial.PutAsync("target", ("s1", 99, "placebo", "c1"), ("s3", 1, "active", "c3"));
        await trial.PutAsync("target", ("s1", 99, "active", "c1"));
        var request = new RevertCommitRequest
        {
            Commit = $"{trial.Branch("target")}/commits/{bad}",
            Branch = trial.Branch("target"),
        };

        var reverted = (await fixture.Merges.RevertCommitAsync(request, fixture.Lab)).Commit;

        Assert.Equal(CommitKind.Revert, reverted.Kind);
        Assert.Equal(["s1 40 active c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
        await trial.PutAsync("target", ("s2", 77, "active", "c2"));
        var later = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s2", 78, "active", "c2"));
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () =>
                fixture.Merges.RevertCommitAsync(
                    new() { Commit = $"{trial.Branch("target")}/commits/{later}", Branch = trial.Branch("target") },
                    fixture.Lab
                )
        );
    }

    [Fact]
    public async Task A_merge_is_reverted_by_a_new_commit()
    {
        var trial = await Trial.CreateAsync(fixture, "unmerge");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, "active", "c3"));
        await trial.PutAsync("target", ("s2", 52, "active", "c2"));
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        await fixture.Merges.RevertCommitAsync(
            new() { Commit = merged.Merge.Commit.Name, Branch = trial.Branch("target") },
            fixture.Lab
        );

        Assert.Equal(["s1 40 placebo c1", "s2 52 active c2"], await trial.SubjectsAsync("target"));
    }

    /// <summary>A tag keeps a branch's timeline in the vectors; without one it is absorbed.</summary>
    [Theory]
    [InlineData("kept", true)]
    [InlineData("absorbed", false)]
    public async Task What_was_committed_to_a_branch_that_is_gone_is_reverted_to_what_it_saw(string word, bool isTagged)
    {
        var trial = await Trial.CreateAsync(fixture, $"gone-{word}");
        await trial.PutAsync("target", ("s2", 51, "active", "c2"));
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = new() { Source = trial.Branch("target"), Target = trial.Branch("source") },
            },
            fixture.Lab
        );
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var bad = await trial.PutAsync("source", ("s1", 99, "placebo", "c1"), ("s2", 99, "active", "c2"));
        if (isTagged)
        {
            var tag = new CreateTagRequest
            {
                Parent = "projects/lab",
                TagId = $"gone-{word}",
                Source = new() { Branch = trial.Branch("source") },
            };
            await fixture.Tags.CreateTagAsync(tag, fixture.Lab);
        }

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await fixture.PurgeAsync($"gone-{word}-source");

        await fixture.Merges.RevertCommitAsync(
            new() { Commit = $"{trial.Branch("target")}/commits/{bad}", Branch = trial.Branch("target") },
            fixture.Lab
        );

        Assert.Equal(["s1 40 placebo c1", "s2 51 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task One_subject_is_restored_from_the_past_and_nothing_else()
    {
        var trial = await Trial.CreateAsync(fixture, "pick");
        var then = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s1", 1, "wrong", "c1"), ("s2", 2, "right", "c2"));
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            DatasetId = "subject",
            Filter = "id = \"s1\"",
        };

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 0, 0), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Equal(CommitKind.Pick, picked.Commit.Kind);
        Assert.Equal(["s1 40 placebo c1", "s2 2 right c2"], await trial.SubjectsAsync("target"));
        var again = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        Assert.Null(again.Commit);
        Assert.Equal(1, again.UnchangedRecords);
    }

    [Fact]
    public async Task A_pick_asked_for_again_is_answered_with_the_counts_of_the_first()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var request = await PickableAsync(trial);

        var first = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        var second = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 1, 1), (first.WrittenRecords, first.DeletedRecords, first.UnchangedRecords));
        Assert.Equal(first, second);
        // One that found nothing to do does nothing later either.
        request.RequestId = $"{Guid.CreateVersion7()}";
        var third = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        Assert.Equal((0, 0, 2), (third.WrittenRecords, third.DeletedRecords, third.UnchangedRecords));
        await trial.PutAsync("target", ("s1", 2, "later", "c1"));
        Assert.Equal(third, await fixture.Merges.PickRecordsAsync(request, fixture.Lab));
        Assert.Contains("s1 2 later c1", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task Two_equal_picks_at_once_are_one_and_answered_alike()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var request = await PickableAsync(trial);
        Task<PickRecordsResponse[]> both;
        await using (await fixture.HoldRequestsAsync())
        {
            both = Task.WhenAll(
                fixture.Merges.PickRecordsAsync(request, fixture.Lab).ResponseAsync,
                fixture.Merges.PickRecordsAsync(request, fixture.Lab).ResponseAsync
            );
            await fixture.WaitUntilWaitingAsync(2);
        }

        var picked = await both;

        Assert.Equal((1, 1, 1), (picked[0].WrittenRecords, picked[0].DeletedRecords, picked[0].UnchangedRecords));
        Assert.Equal(picked[0], picked[1]);
        Assert.Equal(picked[0].Commit.Version, await trial.HeadVersionAsync("target"));
    }

    /// <summary>Of three subjects one is other than it was, one as it was, and one new.</summary>
    private static async Task<PickRecordsRequest> PickableAsync(Trial trial)
    {
        var then = await trial.HeadVersionAsync("target");
        await trial.PutAsync("target", ("s1", 1, "wrong", "c1"), ("s3", 3, "new", "c3"));
        return new()
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            DatasetId = "subject",
            DeleteMissing = true,
            RequestId = $"{Guid.CreateVersion7()}",
        };
    }

    [Fact]
    public async Task A_filter_picks_what_a_query_finds_and_is_refused_before_a_record_is_looked_at()
    {
        var trial = await Trial.CreateAsync(fixture, "pick-nulls");
        var then = await trial.PutAsync("target", ("s1", 1, null, "c1"), ("s2", null, "active", "c2"));
        await trial.PutAsync("target", ("s1", 2, "placebo", "c1"), ("s2", 2, "placebo", "c2"));
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            DatasetId = "subject",
            Filter = "arm != active AND arm != *",
        };

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 0, 0), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        request.Filter = "age = abc AND id = \"nobody\"";
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidFilter,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );
    }
}
