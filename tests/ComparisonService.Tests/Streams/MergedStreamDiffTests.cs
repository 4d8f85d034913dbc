using Dendrite.ComparisonService.Tests.Records;
using Dendrite.Storage;
using Dendrite.Storage.Comparison;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.V1;
using Snapshot = Dendrite.Versioning.Snapshot;
using SnapshotPoint = Dendrite.Storage.Snapshots.SnapshotPoint;

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
    public async Task Keys_of_blocks_come_alike_in_pages_of_any_size_also_of_two_that_begin_at_one_sample()
    {
        await ForkAsync("pages");
        await lab.Recorder.ForkAsync("pages-other", "pages-source");
        await lab.Recorder.RecordAsync("pages-source", "eeg", [2, 3]);
        await lab.Recorder.RecordAsync("pages-other", "eeg", [2]);
        var bench = new RecordBench(lab, "pages");
        await bench.MergeAsync("source", "target");
        await bench.MergeAsync("other", "target");
        var token = TestContext.Current.CancellationToken;
        var database = new PlatformDatabase(lab.Database.Ingest);
        var project = (await new ProjectStore(database).GetAsync("lab", token)).Id;
        var target = await new SnapshotReader(database).ReadAsync(project, "pages-target", SnapshotPoint.Head, token);
        var eeg = await new SignalStreamStore(database).FindAsync(project, target.Snapshot, "eeg", token);

        var whole = await ReadAsync(new(database));

        Assert.True(whole.Distinct().Count() < whole.Count);
        foreach (var size in new[] { 1, 2, 3 })
        {
            Assert.Equal(whole, await ReadAsync(new(database) { PageBlocks = size }));
        }

        ValueTask<List<long>> ReadAsync(StreamDiffStore store) =>
            store
                .ReadDivergedBlocksAsync(project, target.Snapshot, Snapshot.Empty, eeg!.StreamId, token)
                .Select(block => block.FirstSample)
                .ToListAsync(token);
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
