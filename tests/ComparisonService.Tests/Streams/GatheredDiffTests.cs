using Dendrite.Storage;
using Dendrite.Storage.Compaction;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Streams;

/// <summary>Diffs of recordings whose blocks were gathered: what is shared is left alone there too.</summary>
public sealed class GatheredDiffTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    /// <summary>Eight of them are gathered into one block of a channel's 131,072 samples.</summary>
    private const int BlockSamples = 16_384;

    private const int Blocks = 17;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_diff_finds_the_same_after_blocks_were_gathered_and_reads_none_that_are_shared()
    {
        var random = new Random(1);
        await lab.Recorder.ForkAsync("g-a");
        await lab.Recorder.AppendAsync("g-a", "eeg", [.. Enumerable.Range(0, Blocks).Select(_ => Noise(random))], "C3");
        await lab.Recorder.ForkAsync("g-b", "g-a");
        await lab.Recorder.AppendAsync("g-a", "eeg", [Noise(random)], "C3");
        await lab.Recorder.AppendAsync("g-b", "eeg", [Noise(random)], "C3");
        var before = await DiffAsync();

        var tally = await GatherAsync();
        var after = await DiffAsync();

        Assert.True(tally.Blocks >= Blocks, $"{tally}");
        Assert.True(Assert.Single(after.Channels).DifferingSamples > BlockSamples / 2);
        Assert.Equal(before.Channels, after.Channels);
        Assert.Equal(before.Ranges, after.Ranges);
        // A block of either side before; after, the gathered ones that hold them, and not the two that came before.
        Assert.InRange(before.ReadBytes, 1, before.Difference.From.StoredBytes / 8);
        Assert.InRange(after.ReadBytes, 1, after.Difference.From.StoredBytes / 3);
    }

    private async Task<CompactionTally> GatherAsync()
    {
        var store = new CompactionStore(new PlatformDatabase(lab.Database.Scheduler));
        var compactor = new Compactor(store);
        var tally = new CompactionTally(0, 0, 0, 0);
        foreach (var line in await store.ListLinesAsync(lab.Project, default, Token))
        {
            tally += await compactor.GatherAsync(lab.Project, line, default, () => Task.FromResult(true), Token);
        }

        return tally;
    }

    private async Task<DiffStreamResponse> DiffAsync() =>
        await lab.Comparison.DiffStreamAsync(
            new()
            {
                Project = "projects/lab",
                Comparand = new()
                {
                    From = new() { Branch = "projects/lab/branches/g-a" },
                    To = new() { Branch = "projects/lab/branches/g-b" },
                },
                StreamId = "eeg",
                Exact = true,
            },
            lab.Key
        );

    private static short[] Noise(Random random) =>
        [.. Enumerable.Range(0, BlockSamples).Select(_ => (short)random.Next(-50, 50))];
}
