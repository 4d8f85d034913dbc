using Dendrite.ComparisonService.Tests.Records;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Streams;

/// <summary>Streams whose samples are the same and that differ in what lies beside them.</summary>
public sealed class BesideSamplesDiffTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private static readonly Guid Note = new(7, 0, 0, new byte[8]);

    [Fact]
    public async Task A_gap_at_the_end_is_a_difference_of_length_and_of_missing_samples()
    {
        await ForkAsync("end");
        await lab.Recorder.GapAsync("end-b", "eeg", 20);

        var eeg = await OnlyAsync("end");

        Assert.Equal(["sample_count", "missing_sample_count"], eeg.ChangedFields);
        Assert.Equal((100L, 120L, 20L), (eeg.From.SampleCount, eeg.To.SampleCount, eeg.To.MissingSampleCount));
        Assert.Empty(eeg.Ranges);
    }

    [Fact]
    public async Task An_annotation_of_one_side_is_a_difference_and_so_is_one_that_reads_otherwise()
    {
        await ForkAsync("note");
        await lab.Recorder.AnnotateAsync("note-b", "eeg", Note, 5, "seizure");
        Assert.Equal(["annotations"], (await OnlyAsync("note")).ChangedFields);

        await lab.Recorder.AnnotateAsync("note-a", "eeg", Note, 5, "artifact");
        Assert.Equal(["annotations"], (await OnlyAsync("note")).ChangedFields);

        await lab.Recorder.AnnotateAsync("note-a", "eeg", Note, 5, "seizure");
        await EqualAsync("note");
    }

    [Fact]
    public async Task A_time_anchor_of_one_side_is_a_difference()
    {
        await ForkAsync("anchor");
        await lab.Recorder.AnchorAsync("anchor-b", "eeg", 50, 600_000_000);
        Assert.Equal(["time_anchors"], (await OnlyAsync("anchor")).ChangedFields);

        await lab.Recorder.AnchorAsync("anchor-a", "eeg", 50, 600_000_000);
        await EqualAsync("anchor");
    }

    [Fact]
    public async Task Streams_recorded_in_two_branches_differ_by_their_annotations_and_not_by_whose_they_are()
    {
        foreach (var (side, id) in new[] { ("twin-a", Note), ("twin-b", Guid.CreateVersion7()) })
        {
            await lab.Recorder.ForkAsync(side);
            await lab.Recorder.RecordAsync(side, "eeg", [1]);
            await lab.Recorder.AnnotateAsync(side, "eeg", id, 5, "seizure");
        }

        await EqualAsync("twin");
        await lab.Recorder.AnnotateAsync("twin-a", "eeg", Guid.CreateVersion7(), 9, "artifact");
        Assert.Equal(["annotations"], (await OnlyAsync("twin")).ChangedFields);
    }

    [Fact]
    public async Task What_was_noted_before_the_fork_and_after_a_merge_is_on_both_sides()
    {
        await lab.Recorder.ForkAsync("kept-a");
        await lab.Recorder.RecordAsync("kept-a", "eeg", [1]);
        await lab.Recorder.AnnotateAsync("kept-a", "eeg", Note, 5, "seizure");
        await lab.Recorder.ForkAsync("kept-b", "kept-a");
        await lab.Recorder.AnnotateAsync("kept-b", "eeg", Guid.CreateVersion7(), 9, "artifact");
        Assert.Equal(["annotations"], (await OnlyAsync("kept")).ChangedFields);

        await new RecordBench(lab, "kept").MergeAsync("b", "a");
        await EqualAsync("kept");
    }

    private async Task ForkAsync(string word)
    {
        await lab.Recorder.ForkAsync($"{word}-a");
        await lab.Recorder.RecordAsync($"{word}-a", "eeg", [1]);
        await lab.Recorder.ForkAsync($"{word}-b", $"{word}-a");
    }

    private async Task<StreamDifference> OnlyAsync(string word)
    {
        var bench = new RecordBench(lab, word);
        var diff = await bench.DiffAsync(bench.Between("a", "b"));
        Assert.Equal((1, 0), (diff.Counts.StreamsChanged, diff.Counts.StreamsEqual));
        return Assert.Single(diff.Streams);
    }

    private async Task EqualAsync(string word)
    {
        var bench = new RecordBench(lab, word);
        var counts = (await bench.DiffAsync(bench.Between("a", "b"))).Counts;
        Assert.Equal((0, 1), (counts.StreamsChanged, counts.StreamsEqual));
    }
}
