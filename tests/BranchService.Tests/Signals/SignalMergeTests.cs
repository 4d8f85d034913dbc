using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.Signals.SignalLab;

namespace Dendrite.BranchService.Tests.Signals;

public sealed class SignalMergeTests(SignalLab lab) : IClassFixture<SignalLab>
{
    [Fact]
    public async Task A_stream_goes_on_in_the_target_with_what_the_source_recorded_and_no_block_is_copied()
    {
        var pair = await lab.ForkAsync("grown");
        await lab.AppendAsync("grown-source", 100, 50);
        await lab.AppendAsync("grown-source", 0, 30, stream: "ecg");
        var blocks = await lab.CountBlocksAsync();

        var preview = await PreviewAsync(pair);
        var merged = await MergeAsync(pair);

        Assert.Equal(MergeOutcome.FastForward, preview.Outcome);
        Assert.Equal((2, 80 * 4), (preview.Counts.StreamsChanged, preview.Counts.SamplesAdded));
        Assert.Equal(preview.Counts, merged.Merge.Counts);
        Assert.Equal(Made(0, 150), await lab.SamplesAsync("grown-target"));
        Assert.Equal(blocks, await lab.CountBlocksAsync());
        var listed = await lab.Query.ListStreamsAsync(new() { Parent = pair.Target }, lab.Lab.Lab);
        Assert.Equal(["ecg", "eeg"], listed.Streams.Select(stream => stream.Name.Split('/')[^1]));
        // What the target was before stays readable.
        var before = new SnapshotPoint { Version = preview.TargetVersion };
        Assert.Equal(Made(0, 100), await lab.SamplesAsync("grown-target", before));
    }

    [Fact]
    public async Task Streams_made_on_either_side_are_both_there_after_the_merge()
    {
        var pair = await lab.ForkAsync("both");
        await lab.AppendAsync("both-source", 0, 10, stream: "left");
        await lab.AppendAsync("both-target", 0, 10, stream: "right");
        await lab.AppendAsync("both-target", 100, 20);

        Assert.Equal(MergeOutcome.Merged, (await MergeAsync(pair)).Outcome);

        var listed = await lab.Query.ListStreamsAsync(new() { Parent = pair.Target }, lab.Lab.Lab);
        Assert.Equal(
            [("eeg", 120L), ("left", 10L), ("right", 10L)],
            listed.Streams.Select(stream => (stream.Name.Split('/')[^1], stream.EndSample))
        );
        Assert.Equal(Made(0, 120), await lab.SamplesAsync("both-target"));
    }

    [Fact]
    public async Task The_same_samples_on_both_sides_are_no_conflict_and_are_read_once()
    {
        var pair = await lab.ForkAsync("same");
        await lab.AppendAsync("same-source", 100, 50);
        await lab.AppendAsync("same-source", 150, 50);
        await lab.AppendAsync("same-target", 100, 50);

        Assert.Empty((await PreviewAsync(pair)).Conflicts);
        await MergeAsync(pair);

        Assert.Equal(Made(0, 200), await lab.SamplesAsync("same-target"));
    }

    [Fact]
    public async Task The_same_samples_cut_into_other_blocks_are_no_conflict_and_are_read_once()
    {
        var pair = await lab.ForkAsync("cut");
        await lab.AppendAsync("cut-source", "eeg", Block(100, 30), Block(130, 60));
        await lab.AppendAsync("cut-target", "eeg", Block(100, 70), Block(170, 10));

        Assert.Empty((await PreviewAsync(pair)).Conflicts);
        await MergeAsync(pair);

        Assert.Equal(Made(0, 190), await lab.SamplesAsync("cut-target"));
    }

    [Fact]
    public async Task Different_samples_over_one_range_are_a_conflict_and_nothing_is_merged()
    {
        var pair = await lab.ForkAsync("clash");
        await lab.AppendAsync("clash-source", "eeg", Block(100, 20), Block(120, 30, shift: 1));
        await lab.AppendAsync("clash-target", "eeg", Block(100, 20), Block(120, 20));

        var preview = await PreviewAsync(pair);
        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(pair));

        Assert.Equal(MergeOutcome.Conflicting, preview.Outcome);
        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal(ConflictKind.Samples, conflict.Kind);
        Assert.Equal(
            ("eeg", 120, 140),
            (conflict.Samples.StreamId, conflict.Samples.Range.StartSample, conflict.Samples.Range.EndSample)
        );
        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        Assert.Equal(conflict, StatusDetails.Find<Conflict>(StatusDetails.Find(failure)!));
        Assert.Equal(Made(0, 140), await lab.SamplesAsync("clash-target"));
        var decision = new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Source };
        var decided = new PreviewMergeRequest
        {
            Pair = pair,
            Policy = new() { Resolutions = { decision } },
        };
        var misfit = await Assert.ThrowsAsync<RpcException>(async () =>
            await lab.Lab.Merges.PreviewMergeAsync(decided, lab.Lab.Lab)
        );
        Assert.Equal(StatusCode.InvalidArgument, misfit.StatusCode);
        Assert.Contains("merge an earlier state of the source", misfit.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Samples_of_one_side_against_a_gap_of_the_other_are_a_conflict()
    {
        var pair = await lab.ForkAsync("hole");
        await lab.AppendAsync("hole-source", 100, 40);
        await lab.AppendAsync("hole-target", "eeg", Gap(100, 20), Block(120, 20));

        var conflict = Assert.Single((await PreviewAsync(pair)).Conflicts);

        Assert.Equal((100, 120), (conflict.Samples.Range.StartSample, conflict.Samples.Range.EndSample));
    }

    [Fact]
    public async Task A_gap_that_both_sides_declared_is_told_once()
    {
        var pair = await lab.ForkAsync("gaps");
        await lab.AppendAsync("gaps-source", "eeg", Gap(100, 20), Block(120, 20));
        await lab.AppendAsync("gaps-target", "eeg", Gap(100, 20), Block(120, 20));

        await MergeAsync(pair);

        Assert.Equal([.. Made(0, 100), .. new short?[20], .. Made(120, 20)], await lab.SamplesAsync("gaps-target"));
        var read = await lab.ReadAsync(new() { Stream = Stream("gaps-target") });
        Assert.Single(read, response => response.Gap is not null);
        var listed = await lab.Query.ListGapsAsync(new() { Parent = Stream("gaps-target") }, lab.Lab.Lab);
        Assert.Single(listed.Gaps);
        var told = (await lab.Query.GetStreamAsync(new() { Name = Stream("gaps-target") }, lab.Lab.Lab)).Stream;
        Assert.Equal(20, told.MissingSampleCount);
    }

    [Fact]
    public async Task A_gateway_that_has_the_stream_open_does_not_write_over_what_was_merged()
    {
        var pair = await lab.ForkAsync("open");
        using var writer = await lab.OpenAsync("open-target");
        Assert.Equal(100, writer.NextSample);
        await lab.AppendAsync("open-source", 100, 50);
        await MergeAsync(pair);

        await writer.SendAsync(Block(100, 20, shift: 7));

        Assert.Equal(ErrorReason.WriterFenced, await writer.HearFailureAsync());
        Assert.Equal(Made(0, 150), await lab.SamplesAsync("open-target"));
        using var next = await lab.OpenAsync("open-target");
        Assert.Equal(150, next.NextSample);
    }

    [Fact]
    public async Task A_gateway_whose_stream_the_source_left_alone_goes_on_through_a_merge()
    {
        var pair = await lab.ForkAsync("calm");
        using var writer = await lab.OpenAsync("calm-target");
        await lab.AppendAsync("calm-source", 0, 50, stream: "ecg");
        await MergeAsync(pair);

        await writer.SendAsync(Block(100, 20));

        Assert.Equal(120, await writer.CloseAsync());
    }

    [Fact]
    public async Task A_stream_that_a_merge_brings_while_one_of_its_name_is_being_made_is_found_and_not_made_twice()
    {
        var pair = await lab.ForkAsync("race");
        await lab.AppendAsync("race-source", 0, 20, stream: "emg");
        var (platform, project) = (lab.Lab.Ingest, lab.Lab.LabProject);
        var timeline = (await new BranchStore(platform).GetAsync(project, "race-target", default)).Timeline;
        await MergeAsync(pair);

        // The maker read the branch before the merge and comes to the commit door after it.
        var (stream, created) = await new SignalStreamStore(platform).CreateAsync(
            new(project, timeline, "a gateway", ""),
            Guid.AllBitsSet,
            new("emg", new(256, 1), 0, [new("c0", Dendrite.Signals.Blocks.SampleType.Int16, ChannelGroup: 0)]),
            TestContext.Current.CancellationToken
        );

        Assert.False(created);
        Assert.Equal(20, stream.Progress.NextSample);
    }

    [Fact]
    public async Task Annotations_of_both_sides_are_kept_and_one_that_both_changed_is_a_conflict()
    {
        var pair = await lab.ForkAsync("notes");
        const string Id = "00000000-0000-4000-8000-000000000001";
        await lab.AppendAsync("notes-source", "eeg", Note(10, "spike"), Note(20, "of the source", Id));
        await lab.AppendAsync("notes-target", "eeg", Note(30, "blink"), Note(20, "of the target", Id));

        var conflict = Assert.Single((await PreviewAsync(pair)).Conflicts);
        Assert.Equal(("signals.annotation", "text"), (conflict.Record.DatasetId, conflict.Record.Cells[0].Column));
        await MergeAsync(pair, new() { Strategy = MergeStrategy.TakeSource });

        var listed = await lab.Query.ListAnnotationsAsync(new() { Parent = Stream("notes-target") }, lab.Lab.Lab);
        Assert.Equal(["spike", "of the source", "blink"], listed.Annotations.Select(note => note.Text));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, 5)]
    [InlineData(MergeStrategy.TakeTarget, 3)]
    public async Task Of_two_streams_made_under_one_name_the_side_taken_stays(MergeStrategy strategy, int samples)
    {
        var word = $"twin-{samples}";
        var pair = await lab.ForkAsync(word);
        await lab.AppendAsync($"{word}-source", 0, 5, stream: "emg");
        await lab.AppendAsync($"{word}-target", 0, 3, stream: "emg");

        Assert.Equal(ConflictKind.Samples, Assert.Single((await PreviewAsync(pair)).Conflicts).Kind);
        await MergeAsync(pair, new() { Strategy = strategy });

        var listed = await lab.Query.ListStreamsAsync(new() { Parent = pair.Target }, lab.Lab.Lab);
        Assert.Equal(
            samples,
            Assert.Single(listed.Streams, stream => stream.Name.EndsWith("emg", StringComparison.Ordinal)).EndSample
        );
    }

    private static AppendRequest Gap(long first, int count) =>
        new()
        {
            Gap = new()
            {
                Range = new() { StartSample = first, EndSample = first + count },
                Cause = V1.GapCause.DeviceCounterJump,
            },
        };

    private static AppendRequest Note(long sample, string text, string id = "") =>
        new()
        {
            Annotations = new()
            {
                Annotations =
                {
                    new Annotation
                    {
                        AnnotationId = id,
                        StartSample = sample,
                        Text = text,
                    },
                },
            },
        };

    private async Task<PreviewMergeResponse> PreviewAsync(MergePair pair) =>
        await lab.Lab.Merges.PreviewMergeAsync(new() { Pair = pair }, lab.Lab.Lab);

    private async Task<MergeBranchResponse> MergeAsync(MergePair pair, MergePolicy? policy = null) =>
        await lab.Lab.Merges.MergeBranchAsync(new() { Pair = pair, Policy = policy }, lab.Lab.Lab);
}
