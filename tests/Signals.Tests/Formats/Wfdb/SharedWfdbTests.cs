namespace Dendrite.Signals.Tests.Formats.Wfdb;

/// <summary>
/// The real records. First and last value, sum, minimum and maximum of each signal were computed with Python's struct
/// module, the packed file bit by bit; the headers' checksums, which the reader verifies, agree with the sums.
/// </summary>
public sealed class SharedWfdbTests
{
    [Fact]
    public async Task A_record_of_16_bits_has_the_figures_of_another_reading()
    {
        var reader = await SharedFiles.OpenAsync("ephys/wfdb/test01_00s.hea");
        var stream = Assert.Single(reader.Recording.Streams);

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal((500m, 4000), (stream.Rate.Hz, stream.SampleCount));
        Assert.Equal(["ECG 1", "ECG 2", "ECG 3", "ECG 4"], stream.Channels.Select(channel => channel.Label));
        Assert.All(stream.Channels, channel => Assert.Equal((0.01, "mV"), (channel.Scale, channel.Unit)));
        await AssertFiguresAsync(
            "ephys/wfdb/test01_00s.hea",
            [
                [10, -26, 114, -52, 118],
                [-8, -18, 941, -74, 404],
                [-57, 12, -119, -111, 527],
                [-66, 16, -401, -90, 293],
            ]
        );
    }

    [Fact]
    public async Task A_record_of_packed_12_bits_has_the_figures_of_another_reading()
    {
        var reader = await SharedFiles.OpenAsync("ephys/wfdb/v102s.hea");
        var stream = Assert.Single(reader.Recording.Streams);

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal((250m, 75_000), (stream.Rate.Hz, stream.SampleCount));
        Assert.Equal(["mV", "mV", "NU", "NU"], stream.Channels.Select(channel => channel.Unit));
        Assert.Equal("Ventricular_Tachycardia", (string?)reader.Recording.Metadata["comments"]![0]);
        await AssertFiguresAsync(
            "ephys/wfdb/v102s.hea",
            [
                [-26, -237, 4119482, -2048, 2047],
                [340, -116, 3344983, -2048, 2047],
                [-46, 496, 906483, -2048, 2047],
                [339, 1338, -4313140, -2048, 2047],
            ]
        );
    }

    private static async Task AssertFiguresAsync(string file, double[][] figures)
    {
        var samples = await ReadSamples.OfAsync(await SharedFiles.OpenAsync(file));

        Assert.Equal(figures, samples.Channels.Select(c => new[] { c[0], c[^1], c.Sum(), c.Min(), c.Max() }));
    }
}
