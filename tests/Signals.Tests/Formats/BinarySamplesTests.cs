using Dendrite.Signals.Formats.Layout;

namespace Dendrite.Signals.Tests.Formats;

public sealed class BinarySamplesTests
{
    [Fact]
    public async Task A_run_of_a_sample_between_gaps_takes_the_memory_of_a_sample()
    {
        using var file = new MemoryStream(new byte[4000]);
        var run = new BinarySamples(RawSample.Int16, 2, 11);
        long before = GC.GetAllocatedBytesForCurrentThread();

        await foreach (var piece in run.ReadAsync(file, 10, TestContext.Current.CancellationToken))
        {
            Assert.Equal((10, 1), (piece.FirstSample, piece.SampleCount));
        }

        // All is in memory, so nothing goes on elsewhere.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 16 << 10);
    }
}
