namespace Dendrite.Client.Tests.Appending;

public sealed class BlockLimitTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Silence takes no bytes, so that no limit of a payload keeps a block of it short.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Blocks_hold_no_more_samples_than_any_platform_decodes(int channels)
    {
        const int Samples = 1_200_000;
        await using var platform = await FakePlatform.StartAsync();
        var descriptor = new V1.SignalStream
        {
            NominalRate = new() { Samples = 100, Seconds = 1 },
        };
        descriptor.Channels.AddRange(
            Enumerable
                .Range(0, channels)
                .Select(i => new V1.SignalChannel { Label = $"c{i}", SampleType = V1.SampleType.Int16 })
        );
        await using var writer = await platform.Connection.OpenWriterAsync(
            new()
            {
                Stream = "projects/lab/branches/b/streams/eeg",
                Descriptor = descriptor,
                SamplesPerBlock = int.MaxValue,
            },
            Token
        );
        var silence = new short[Samples];
        for (var left = channels; left > 0; left--)
        {
            await writer.WriteAsync(silence, Token);
        }

        var closed = await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.Equal(Samples, closed.ThroughSample);
        Assert.All(
            platform.Ingest.Blocks,
            block => Assert.True(block.SampleCount <= 1 << 20 && block.SampleCount * channels * 2 <= 16 << 20)
        );
    }
}
