using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>More records than a merge holds are refused, with what to do instead, and nothing is left behind.</summary>
public sealed class MergedRecordLimitTests(SmallMergeFixture fixture) : IClassFixture<SmallMergeFixture>
{
    /// <summary>As large as the documents of one merge may be.</summary>
    private static readonly string Long = new('x', 1_000);

    [Fact]
    public async Task As_many_records_as_are_held_at_once_are_merged_and_reverted()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s3", 60, "active", "c3"));

        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await fixture.Merges.RevertCommitAsync(RevertOf(trial, merged.Merge.Commit.Version), fixture.Lab);

        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task More_records_are_neither_previewed_nor_merged_and_earlier_versions_are()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        var earlier = await trial.HeadVersionAsync("source");
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        await trial.PutAsync("target", ("s4", 70, "active", "c4"));

        await RefusesMergeAsync(trial.Pair, "More than 2 records differ");

        var pair = trial.Pair.Clone();
        pair.SourcePoint = new() { Version = earlier };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Equal(4, (await trial.SubjectsAsync("target")).Count);
    }

    [Fact]
    public async Task A_commit_of_more_records_is_not_reverted()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var version = await trial.PutAsync(
            "target",
            ("s1", 41, "placebo", "c1"),
            ("s3", 60, "active", "c3"),
            ("s4", 70, "active", "c4")
        );

        await RefusesAsync(
            () => fixture.Merges.RevertCommitAsync(RevertOf(trial, version), fixture.Lab),
            "More than 2 records differ"
        );
    }

    [Fact]
    public async Task Larger_records_are_neither_previewed_nor_merged_nor_reverted()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 40, Long, "c1"));
        var version = await trial.PutAsync("target", ("s3", 60, Long, "c3"));

        await RefusesMergeAsync(trial.Pair, "Records of more than 1000 bytes differ");
        await RefusesAsync(
            () => fixture.Merges.RevertCommitAsync(RevertOf(trial, version), fixture.Lab),
            "Records of more than 1000 bytes differ"
        );
    }

    /// <summary>What a revert goes through is also what was written since.</summary>
    [Fact]
    public async Task A_commit_of_records_that_grew_since_is_not_reverted()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var version = await trial.PutAsync("target", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 41, Long, "c1"));

        await RefusesAsync(
            () => fixture.Merges.RevertCommitAsync(RevertOf(trial, version), fixture.Lab),
            "Records of more than 1000 bytes differ"
        );
    }

    /// <summary>One row that base and target show is held once.</summary>
    [Fact]
    public async Task What_one_side_alone_changed_counts_as_two_documents()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s3", 60, Long[..400], "c3"));
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await trial.PutAsync("source", ("s3", 61, Long[..400], "c3"));

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Contains($"s3 61 {Long[..400]} c3", await trial.SubjectsAsync("target"));
    }

    /// <summary>Nobody reads them, and they stay where they are.</summary>
    [Fact]
    public async Task Records_of_a_dataset_that_is_deleted_do_not_count()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutVisitAsync("source", "v1", "s1");
        await trial.PutVisitAsync("source", "v2", "s1");
        await trial.PutVisitAsync("source", "v3", "s1");
        await trial.DropAsync("source", "visit");

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Null(await trial.FindDatasetAsync("target", "visit"));
    }

    [Fact]
    public async Task A_pick_changes_no_more_records_and_no_larger_ones_and_may_look_at_them()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, "a", "c3"), ("s4", 70, "a", "c4"));
        var pick = PickOf(trial);

        await RefusesPickAsync(pick, "More than 2 records differ");

        pick.RecordIds.AddRange(["s1", "s2", "s3"]);
        await fixture.Merges.PickRecordsAsync(pick, fixture.Lab);
        await trial.PutAsync("source", ("s4", 70, Long, "c4"));
        await RefusesPickAsync(PickOf(trial), "Records of more than 1000 bytes differ");
        await trial.PutAsync("target", ("s4", 70, Long, "c4"));
        await trial.PutAsync("source", ("s1", 42, "placebo", "c1"));

        var picked = await fixture.Merges.PickRecordsAsync(PickOf(trial), fixture.Lab);

        Assert.Equal((1, 3), (picked.WrittenRecords, picked.UnchangedRecords));
    }

    [Fact]
    public async Task A_record_of_many_versions_is_not_merged_by_its_last_writer_and_earlier_versions_are()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("target", ("s1", 40, "other", "c1"));
        var versions = new List<long>();
        for (var i = 0; i < 30; i++)
        {
            versions.Add(await trial.PutAsync("source", ("s1", 40, $"arm {i}", "c1")));
        }

        var request = new MergeBranchRequest { Pair = trial.Pair, Policy = LastWriter };
        await RefusesAsync(
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab),
            "Records of more than 1000 bytes differ"
        );

        foreach (var version in new[] { versions[9], versions[19], versions[29] })
        {
            request.Pair.SourcePoint = new() { Version = version };
            await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        }

        Assert.Equal("s1 40 arm 29 c1", (await trial.SubjectsAsync("target"))[0]);
    }

    private static MergePolicy LastWriter
    {
        get
        {
            var arm = new ColumnMerge
            {
                DatasetId = "subject",
                Column = "arm",
                Strategy = ColumnMergeStrategy.LastWriter,
            };
            return new() { Columns = { arm } };
        }
    }

    private static PickRecordsRequest PickOf(Trial trial) =>
        new()
        {
            Target = trial.Branch("target"),
            Source = new() { Branch = trial.Branch("source") },
            DatasetId = "subject",
        };

    private async Task RefusesPickAsync(PickRecordsRequest pick, string reason)
    {
        var refusal = await BranchServiceFixture.RefusedAsync(
            StatusCode.ResourceExhausted,
            ErrorReason.QuotaExceeded,
            () => fixture.Merges.PickRecordsAsync(pick, fixture.Lab)
        );
        Assert.StartsWith(reason, refusal.Message, StringComparison.Ordinal);
    }

    private static RevertCommitRequest RevertOf(Trial trial, long version) =>
        new() { Commit = $"{trial.Branch("target")}/commits/{version}", Branch = trial.Branch("target") };

    private async Task RefusesMergeAsync(MergePair pair, string reason)
    {
        await RefusesAsync(() => fixture.Merges.PreviewMergeAsync(new() { Pair = pair }, fixture.Lab), reason);
        await RefusesAsync(() => fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab), reason);
        var waiting = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = pair },
        };
        await RefusesAsync(() => fixture.Merges.CreateMergeAsync(waiting, fixture.Lab), reason);
    }

    private async Task RefusesAsync<T>(Func<AsyncUnaryCall<T>> call, string reason)
    {
        var before = await fixture.CountAllAsync();
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await call());

        var refusal = ErrorStatus.FromRpcException(failure)!;
        Assert.Equal(ErrorReason.QuotaExceeded, refusal.Reason);
        Assert.StartsWith(reason, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("source_point", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await fixture.CountAllAsync());
    }
}
