using Dendrite.ComparisonService.Tests.Records;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Streams;

/// <summary>Diffs of streams after one side was merged into the other.</summary>
public sealed class MergedStreamDiffTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Samples_that_both_sides_recorded_are_on_both_after_one_was_merged_into_the_other()
    {
        await ForkAsync("both");
        await lab.Recorder.RecordAsync("both-source", "eeg", [2, 3]);
        await lab.Recorder.RecordAsync("both-target", "eeg", [2]);
        var bench = new RecordBench(lab, "both");

        await bench.MergeAsync("source", "target");

        foreach (var (from, to) in new[] { ("source", "target"), ("target", "source") })
        {
            var diff = await bench.DiffAsync(bench.Between(from, to));
            Assert.Empty(diff.Streams);
            Assert.Equal((0, 1), (diff.Counts.StreamsChanged, diff.Counts.StreamsEqual));
        }
    }

    [Fact]
    public async Task What_one_side_recorded_after_a_merge_is_on_that_side_only()
    {
        await ForkAsync("later");
        await lab.Recorder.RecordAsync("later-source", "eeg", [2]);
        await lab.Recorder.RecordAsync("later-target", "eeg", [2]);
        var bench = new RecordBench(lab, "later");
        await bench.MergeAsync("source", "target");
        await lab.Recorder.RecordAsync("later-target", "eeg", [3, 4]);

        var eeg = Assert.Single((await bench.DiffAsync(bench.Between("source", "target"))).Streams);

        Assert.Equal(
            [(200L, 400L, DiffSide.OnlyTo)],
            eeg.Ranges.Select(range => (range.Range.StartSample, range.Range.EndSample, range.Side))
        );
    }

    [Fact]
    public async Task Samples_that_two_branches_recorded_alike_and_one_took_from_both_are_told_once()
    {
        await ForkAsync("twice");
        await lab.Recorder.ForkAsync("twice-other", "twice-source");
        await lab.Recorder.ForkAsync("twice-before", "twice-source");
        await lab.Recorder.RecordAsync("twice-source", "eeg", [2, 3]);
        await lab.Recorder.RecordAsync("twice-other", "eeg", [2]);
        var bench = new RecordBench(lab, "twice");
        await bench.MergeAsync("source", "target");
        await bench.MergeAsync("other", "target");

        var eeg = Assert.Single((await bench.DiffAsync(bench.Between("before", "target"))).Streams);

        Assert.Equal(
            [(100L, 300L, DiffSide.OnlyTo)],
            eeg.Ranges.Select(range => (range.Range.StartSample, range.Range.EndSample, range.Side))
        );
    }

    [Fact]
    public async Task A_gap_that_both_sides_declared_is_counted_once_after_a_merge()
    {
        await ForkAsync("gap");
        await lab.Recorder.ForkAsync("gap-before", "gap-source");
        foreach (var side in new[] { "gap-source", "gap-target" })
        {
            await lab.Recorder.GapAsync(side, "eeg", 20);
            await lab.Recorder.RecordAsync(side, "eeg", [2]);
        }

        await lab.Recorder.GapAsync("gap-target", "eeg", 5);
        var bench = new RecordBench(lab, "gap");
        await bench.MergeAsync("source", "target");

        var eeg = Assert.Single((await bench.DiffAsync(bench.Between("before", "target"))).Streams);

        Assert.Equal((0, 25), (eeg.From.MissingSampleCount, eeg.To.MissingSampleCount));
    }

    private async Task ForkAsync(string word)
    {
        await lab.Recorder.ForkAsync($"{word}-source");
        await lab.Recorder.RecordAsync($"{word}-source", "eeg", [1]);
        await lab.Recorder.ForkAsync($"{word}-target", $"{word}-source");
    }
}
