using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.SpikeGlx;

public sealed class SpikeGlxTests
{
    private const string Meta = """
        typeThis=imec
        imSampRate=30000.15
        fileCreateTime=2024-05-06T07:08:09
        nSavedChans=3
        snsApLfSy=2,0,1
        acqApLfSy=4,4,1
        snsSaveChanSubset=1,3,8
        imAiRangeMax=0.6
        imDatPrb_sn=1234
        ~imroTbl=(0,4)(0 0 0 500 250 1)(1 0 0 1000 125 1)(2 0 0 500 250 1)(3 0 0 250 125 1)
        """;

    [Fact]
    public async Task Saved_channels_have_the_names_and_gains_of_the_probe()
    {
        byte[] data = [.. Enumerable.Range(0, 3 * 1000).SelectMany(i => BitConverter.GetBytes((short)i))];
        var reader = await Open(Meta, data);
        var stream = Assert.Single(reader.Recording.Streams);
        var samples = await ReadSamples.OfAsync(reader, first: 10);

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(30000.15m, stream.Rate.Hz);
        Assert.Equal(["AP1", "AP3", "SY0"], stream.Channels.Select(channel => channel.Label));
        // 0.6 V over 512 steps, over the gain.
        Assert.Equal(
            [0.6e6 / 512 / 1000, 0.6e6 / 512 / 250, 1],
            stream.Channels.Select(channel => channel.Scale),
            Near
        );
        Assert.Equal(["uV", "uV", ""], stream.Channels.Select(channel => channel.Unit));
        Assert.Equal(Enumerable.Range(10, 990).Select(i => (3.0 * i) + 1), samples.Channels[1]);
        Assert.Equal("2024-05-06T07:08:09.0000000+00:00", $"{reader.Recording.StartTime:O}");
    }

    [Theory]
    [InlineData("", 250, 125)]
    [InlineData("imDatPrb_type=0", 250, 125)]
    [InlineData("imDatPrb_type=0\nimChan0apGain=500\nimChan0lfGain=250", 250, 125)]
    [InlineData("imDatPrb_type=1022\nimChan0apGain=500\nimChan0lfGain=250", 250, 125)]
    [InlineData("imDatPrb_type=1110\nimChan0apGain=1500\nimChan0lfGain=50", 1500, 50)]
    [InlineData("imDatPrb_type=1110\n~imroTbl=(1110,2,0,750,125,1)(0 0 0)(1 0 0)(2 0 0)(3 0 0)", 750, 125)]
    [InlineData("imDatPrb_type=24\n~imroTbl=(24,4)(0 0 0 1 0)(1 0 0 1 1)(2 0 0 1 2)(3 0 0 1 3)", 80, 80)]
    [InlineData("imDatPrb_type=2013\n~imroTbl=(2013,4)(0 0 0 1 0)(1 0 0 1 1)(2 0 0 1 2)(3 0 0 1 3)", 100, 100)]
    [InlineData("imDatPrb_type=2013\nimChan0apGain=90", 90, 90)]
    public async Task Each_band_has_the_gain_of_its_channel_or_of_the_probe(string probe, double spikes, double fields)
    {
        string meta = probe + "\n" + Meta.Replace("=1,3,8", "=3,7,8", StringComparison.Ordinal);

        var reader = await Open(meta, new byte[600]);
        var channels = reader.Recording.Streams[0].Channels;

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(["AP3", "LF3", "SY0"], channels.Select(channel => channel.Label));
        Assert.Equal([0.6e6 / 512 / spikes, 0.6e6 / 512 / fields, 1], channels.Select(channel => channel.Scale), Near);
    }

    [Fact]
    public async Task Samples_of_a_probe_whose_gain_nobody_states_have_no_unit()
    {
        var reader = await Open("imDatPrb_type=9999\n" + Meta, new byte[600]);
        var channels = reader.Recording.Streams[0].Channels;

        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal((RecordingWarningKind.Uncalibrated, "imDatPrb_type"), (warning.Kind, warning.Field));
        Assert.All(channels, channel => Assert.Equal(("", 1), (channel.Unit, channel.Scale)));
    }

    [Theory]
    [InlineData("snsSaveChanSubset=1,3,8", "snsSaveChanSubset=1:2", "snsSaveChanSubset")]
    [InlineData("nSavedChans=3", "nSavedChans=0", "nSavedChans")]
    [InlineData("imSampRate=30000.15", "imSampRate=0", "imSampRate")]
    [InlineData("imAiRangeMax=0.6", "", "imAiRangeMax")]
    [InlineData("imAiRangeMax=0.6", "imAiRangeMax=0", "imAiRangeMax")]
    [InlineData("imAiRangeMax=0.6", "imAiRangeMax=-0.6", "imAiRangeMax")]
    [InlineData("imAiRangeMax=0.6", "imAiRangeMax=1e308", "imAiRangeMax")]
    public async Task What_cannot_be_known_is_refused_by_its_field(string old, string changed, string field)
    {
        string meta = Meta.Replace(old, changed, StringComparison.Ordinal);
        var files = new FilesInMemory(("a.ap.meta", Encoding.ASCII.GetBytes(meta)), ("a.ap.bin", new byte[600]));

        Assert.Equal(field, (await files.RefusedAsync()).Field);
    }

    [Theory]
    [InlineData("phase3a.imec.ap.meta", 385, 30000, "AP0", 0.6e6 / 512 / 500)]
    [InlineData("NP2_2013_subset_channels.imec0.ap.meta", 121, 30000, "AP0", 0.62e6 / 2048 / 100)]
    public async Task The_headers_of_real_probes_are_refused_without_their_data_and_read_with_it(
        string file,
        int channels,
        int rate,
        string first,
        double scale
    )
    {
        string path = SharedData.Require($"ephys/spikeglx/{file}");
        byte[] meta = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        string data = Path.ChangeExtension(file, ".bin");

        var error = await new FilesInMemory((file, meta)).RefusedAsync();
        var reader = await new FilesInMemory((file, meta), (data, new byte[channels * 2 * 7])).OpenAsync();

        Assert.Contains($"'{data}'", error.Problem, StringComparison.Ordinal);
        var stream = reader.Recording.Streams[0];
        Assert.Equal((channels, 7, (decimal)rate), (stream.Channels.Count, stream.SampleCount, stream.Rate.Hz));
        Assert.Equal(first, stream.Channels[0].Label);
        Assert.Equal("SY0", stream.Channels[^1].Label);
        Assert.Equal(scale, stream.Channels[0].Scale, 1e-12);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error()
    {
        int read = await FormatFuzz.RunAsync(("a.ap.meta", Encoding.ASCII.GetBytes(Meta)), ("a.ap.bin", new byte[600]));

        Assert.InRange(read, 1, FormatFuzz.Cases - 1);
    }

    private static bool Near(double a, double b) => Math.Abs(a - b) < 1e-12;

    private static Task<RecordingReader> Open(string meta, byte[] data) =>
        new FilesInMemory(("a.ap.meta", Encoding.ASCII.GetBytes(meta)), ("a.ap.bin", data)).OpenAsync();
}
