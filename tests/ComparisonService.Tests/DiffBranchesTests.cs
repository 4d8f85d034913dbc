using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests;

public sealed class DiffBranchesTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Two_branches_without_differences_differ_in_nothing()
    {
        await lab.Recorder.ForkAsync("same-a");
        await lab.Recorder.ForkAsync("same-b");

        var diff = await DiffAsync("same-a", "same-b");

        Assert.Empty(diff.Streams);
        Assert.Equal(new DiffCounts(), diff.Counts);
        Assert.Equal(diff.Comparand.FromDigest, diff.Comparand.ToDigest);
    }

    [Fact]
    public async Task A_stream_on_one_side_is_told_by_side_with_its_figures()
    {
        await lab.Recorder.ForkAsync("one-a");
        await lab.Recorder.ForkAsync("one-b");
        await lab.Recorder.RecordAsync("one-b", "eeg", [1, 2, 3], "C3", "C4", "Cz");

        var there = Assert.Single((await DiffAsync("one-a", "one-b")).Streams);
        var back = await DiffAsync("one-b", "one-a");

        Assert.Equal(("eeg", DiffSide.OnlyTo), (there.StreamId, there.Side));
        Assert.Null(there.From);
        Assert.Equal("projects/lab/branches/one-b/streams/eeg", there.To.Stream);
        Assert.Equal((3, 300L), (there.To.ChannelCount, there.To.SampleCount));
        Assert.Equal(TimeSpan.FromSeconds(3), there.To.EndTime.ToDateTime() - there.To.StartTime.ToDateTime());
        Assert.True(there.To.StoredBytes > 0);
        Assert.Equal(DiffSide.OnlyFrom, Assert.Single(back.Streams).Side);
        Assert.Equal((1, 0), (back.Counts.StreamsOnlyFrom, back.Counts.StreamsOnlyTo));
    }

    [Fact]
    public async Task A_tag_is_compared_with_what_its_branch_became()
    {
        await lab.Recorder.ForkAsync("went-on");
        await lab.Recorder.RecordAsync("went-on", "eeg", [1, 2]);
        await lab.Recorder.TagAsync("then", "went-on");
        await lab.Recorder.RecordAsync("went-on", "eeg", [3]);
        var tag = new SnapshotPoint { Tag = "projects/lab/tags/then" };
        var request = new DiffBranchesRequest
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Point = tag },
                To = new() { Branch = "projects/lab/branches/went-on" },
            },
        };

        var diff = await lab.Comparison.DiffBranchesAsync(request, lab.Key);

        var eeg = Assert.Single(diff.Streams);
        Assert.Equal((200L, 300L), (eeg.From.SampleCount, eeg.To.SampleCount));
        Assert.Equal("projects/lab/branches/went-on/streams/eeg", eeg.From.Stream);
        Assert.Equal(tag, diff.Comparand.From.Point);
    }

    [Fact]
    public async Task What_one_side_masked_is_told_as_samples_that_only_the_other_has()
    {
        await lab.Recorder.ForkAsync("bare");
        await lab.Recorder.RecordAsync("bare", "eeg", [1, 2]);
        await lab.Recorder.ForkAsync("veiled", "bare");
        await lab.Recorder.MaskAsync("veiled", "eeg", 50, 120);

        var masked = Assert.Single(Assert.Single((await DiffAsync("bare", "veiled")).Streams).Ranges);
        var back = Assert.Single(Assert.Single((await DiffAsync("veiled", "bare")).Streams).Ranges);

        Assert.Equal((DiffSide.OnlyFrom, 50L, 120L), (masked.Side, masked.Range.StartSample, masked.Range.EndSample));
        Assert.Equal(DiffSide.OnlyTo, back.Side);
    }

    [Fact]
    public async Task What_was_shared_at_the_fork_is_equal_and_what_each_side_appended_is_not()
    {
        await lab.Recorder.ForkAsync("parent");
        await lab.Recorder.RecordAsync("parent", "eeg", [1, 2]);
        await lab.Recorder.RecordAsync("parent", "untouched", [5]);
        await lab.Recorder.ForkAsync("child", "parent");
        await lab.Recorder.RecordAsync("parent", "eeg", [3]);
        await lab.Recorder.RecordAsync("child", "eeg", [4, 5]);

        var diff = await DiffAsync("parent", "child");

        var eeg = Assert.Single(diff.Streams);
        Assert.Equal((DiffSide.Changed, 300L, 400L), (eeg.Side, eeg.From.SampleCount, eeg.To.SampleCount));
        Assert.Equal(
            [(200L, 300L, DiffSide.Changed), (300L, 400L, DiffSide.OnlyTo)],
            eeg.Ranges.Select(range => (range.Range.StartSample, range.Range.EndSample, range.Side))
        );
        Assert.Equal((1, 1), (diff.Counts.StreamsChanged, diff.Counts.StreamsEqual));
    }

    [Fact]
    public async Task Streams_recorded_alike_in_two_branches_are_equal()
    {
        await lab.Recorder.ForkAsync("twin-a");
        await lab.Recorder.ForkAsync("twin-b");
        await lab.Recorder.RecordAsync("twin-a", "eeg", [1, 2]);
        await lab.Recorder.RecordAsync("twin-b", "eeg", [1, 2]);

        var diff = await DiffAsync("twin-a", "twin-b");

        Assert.Empty(diff.Streams);
        Assert.Equal(1, diff.Counts.StreamsEqual);
    }

    [Fact]
    public async Task Channels_that_only_one_side_has_are_named()
    {
        await lab.Recorder.ForkAsync("montage-a");
        await lab.Recorder.ForkAsync("montage-b");
        await lab.Recorder.RecordAsync("montage-a", "eeg", [1], "C3", "Cz");
        await lab.Recorder.RecordAsync("montage-b", "eeg", [1], "C3", "Pz");

        var eeg = Assert.Single((await DiffAsync("montage-a", "montage-b")).Streams);

        Assert.Equal(["Cz"], eeg.ChannelsOnlyFrom);
        Assert.Equal(["Pz"], eeg.ChannelsOnlyTo);
    }

    [Fact]
    public async Task Since_the_merge_base_only_what_the_new_side_did_counts()
    {
        await lab.Recorder.ForkAsync("base-a");
        await lab.Recorder.ForkAsync("base-b", "base-a");
        await lab.Recorder.RecordAsync("base-a", "ours", [1]);
        await lab.Recorder.RecordAsync("base-b", "theirs", [1]);

        var request = Request("base-a", "base-b");
        request.Comparand.Mode = DiffMode.FromMergeBase;
        var diff = await lab.Comparison.DiffBranchesAsync(request, lab.Key);

        Assert.Equal("theirs", Assert.Single(diff.Streams).StreamId);
    }

    [Fact]
    public async Task Pages_hold_every_difference_once_and_a_branch_that_moved_ends_them()
    {
        await lab.Recorder.ForkAsync("page-a");
        await lab.Recorder.ForkAsync("page-b");
        foreach (var stream in new[] { "a", "b", "c" })
        {
            await lab.Recorder.RecordAsync("page-b", stream, [1]);
        }

        var request = Request("page-a", "page-b");
        request.PageSize = 2;
        var first = await lab.Comparison.DiffBranchesAsync(request, lab.Key);
        request.PageToken = first.NextPageToken;
        var second = await lab.Comparison.DiffBranchesAsync(request, lab.Key);
        await lab.Recorder.RecordAsync("page-b", "d", [1]);

        Assert.Equal(["a", "b", "c"], first.Streams.Concat(second.Streams).Select(stream => stream.StreamId));
        Assert.Equal("", second.NextPageToken);
        await RefusedAsync(request, StatusCode.InvalidArgument, ErrorReason.InvalidPageToken);
    }

    [Fact]
    public async Task An_earlier_version_is_compared_as_it_was()
    {
        await lab.Recorder.ForkAsync("then");
        await lab.Recorder.RecordAsync("then", "eeg", [1]);
        await lab.Recorder.ForkAsync("now", "then");
        var version = (await DiffAsync("then", "now")).Comparand.From.Point.Version;
        await lab.Recorder.RecordAsync("then", "eeg", [2]);

        var request = Request("then", "now");
        request.Comparand.From.Point = new() { Version = version };

        Assert.Empty((await lab.Comparison.DiffBranchesAsync(request, lab.Key)).Streams);
        Assert.Single((await DiffAsync("then", "now")).Streams);
    }

    [Theory]
    [InlineData("projects/lab", "nobody", StatusCode.NotFound, ErrorReason.BranchNotFound)]
    [InlineData("projects/lab", "Not A Name", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("lab", "main", StatusCode.InvalidArgument, ErrorReason.MalformedName)]
    [InlineData("projects/other", "main", StatusCode.PermissionDenied, ErrorReason.PermissionDenied)]
    public async Task What_cannot_be_compared_is_refused(
        string project,
        string branch,
        StatusCode status,
        ErrorReason reason
    )
    {
        var request = Request("main", branch);
        request.Project = project;

        await RefusedAsync(request, status, reason);
    }

    [Fact]
    public async Task A_missing_side_is_named()
    {
        var request = Request("main", "main");
        request.Comparand.To = null;

        var refusal = await RefusedAsync(request, StatusCode.InvalidArgument, ErrorReason.InvalidArgument);

        Assert.Equal("comparand.to", Assert.Single(refusal.FieldViolations).Field);
    }

    private async Task<DiffBranchesResponse> DiffAsync(string from, string to) =>
        await lab.Comparison.DiffBranchesAsync(Request(from, to), lab.Key);

    private async Task<DendriteException> RefusedAsync(
        DiffBranchesRequest request,
        StatusCode status,
        ErrorReason reason
    )
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Comparison.DiffBranchesAsync(request, lab.Key)
        );
        Assert.Equal(status, failure.StatusCode);
        var refusal = ErrorStatus.FromRpcException(failure)!;
        Assert.Equal(reason, refusal.Reason);
        return refusal;
    }

    private static DiffBranchesRequest Request(string from, string to) =>
        new()
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = $"projects/lab/branches/{from}" },
                To = new() { Branch = $"projects/lab/branches/{to}" },
            },
        };
}
