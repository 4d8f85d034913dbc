using System.Buffers;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Signals.Tests.Synthetic;

public sealed class SyntheticEegTests
{
    private static readonly SyntheticEegOptions Options = new()
    {
        ChannelCount = 4,
        SampleRateHz = 256,
        Seed = 7,
    };

    [Fact]
    public void The_same_seed_gives_the_same_samples_and_another_gives_others()
    {
        var first = Read(new SyntheticEeg(Options), 1000);

        Assert.Equal(first, Read(new SyntheticEeg(Options), 1000));
        Assert.NotEqual(first, Read(new SyntheticEeg(Options with { Seed = 8 }), 1000));
    }

    [Fact]
    public void It_does_not_matter_how_many_samples_are_asked_for_at_a_time()
    {
        var eeg = new SyntheticEeg(Options);
        var whole = Read(new SyntheticEeg(Options), 500);
        var parts = new List<short[]> { Read(eeg, 123), Read(eeg, 377) };

        for (int channel = 0; channel < 4; channel++)
        {
            short[] joined =
            [
                .. parts[0][(channel * 123)..((channel + 1) * 123)],
                .. parts[1][(channel * 377)..((channel + 1) * 377)],
            ];
            Assert.Equal(whole[(channel * 500)..((channel + 1) * 500)], joined);
        }
    }

    [Theory]
    [InlineData(SampleType.Int16)]
    [InlineData(SampleType.Int24)]
    [InlineData(SampleType.Int32)]
    [InlineData(SampleType.Float32)]
    [InlineData(SampleType.Float64)]
    public void Every_sample_type_holds_the_same_voltages_to_its_own_step(SampleType type)
    {
        const int Count = 600;
        var exact = new byte[4 * Count * sizeof(double)];
        new SyntheticEeg(Options).Read(SampleType.Float64, exact);
        var planar = new byte[4 * Count * type.SizeBytes()];
        new SyntheticEeg(Options).Read(type, planar);

        double step = type is SampleType.Float32 ? 1e-4 : SyntheticEeg.MicrovoltsPerStepOf(type);
        for (int i = 0; i < 4 * Count; i++)
        {
            double wanted = BitConverter.ToDouble(exact, i * sizeof(double));
            Assert.InRange(ReadMicrovolts(type, planar, i) - wanted, -step, step);
        }
    }

    [Fact]
    public void Spikes_come_as_often_as_they_are_asked_for()
    {
        const int Minutes = 10;
        var calm = Read(new SyntheticEeg(Options), Minutes * 60 * 256);
        var spiky = Read(new SyntheticEeg(Options with { SpikesPerMinute = 12 }), Minutes * 60 * 256);

        int spikes = 0;
        for (int i = 0, quiet = 0; i < calm.Length / 4; i++)
        {
            bool differs = Enumerable.Range(0, 4).Any(channel => Differs(channel, i));
            spikes += differs && quiet > 16 ? 1 : 0;
            quiet = differs ? 0 : quiet + 1;
        }
        Assert.InRange(spikes, 8 * Minutes, 14 * Minutes);

        bool Differs(int channel, int i)
        {
            int at = (channel * calm.Length / 4) + i;
            return Math.Abs(calm[at] - spiky[at]) > 100;
        }
    }

    [Fact]
    public void It_has_the_size_of_eeg_and_compresses_like_it()
    {
        var samples = Read(new SyntheticEeg(Options), 10_000);
        var output = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[4];

        var header = BlockEncoder.Encode(samples, 4, output, summaries);

        double bits = 8.0 * header.PayloadBytes / samples.Length;
        Assert.InRange(bits, 5, 11);
        double rootMeanSquareMicrovolts = 0.1 * Math.Sqrt(summaries[3].SumOfSquares / summaries[3].Count);
        Assert.InRange(rootMeanSquareMicrovolts, 5, 60);
        Assert.InRange(summaries[0].Max * 0.1, 80, 250);
    }

    [Fact]
    public async Task As_a_file_it_reads_without_a_warning_and_holds_the_same_samples()
    {
        using var file = new MemoryStream();
        await SyntheticRecording.WriteEdfAsync(file, Options, seconds: 12, CancellationToken.None);

        var recording = await EdfRecording.ScanAsync(file, CancellationToken.None);
        var samples = await EdfSamplesOf(file);

        Assert.Empty(recording.Warnings);
        Assert.Equal(["eyes open", "eyes closed"], recording.Annotations.Select(annotation => annotation.Text));
        Assert.Equal(Read(new SyntheticEeg(Options), 256), samples.Take(4).SelectMany(channel => channel.Take(256)));
    }

    private static Task<short[][]> EdfSamplesOf(MemoryStream file) =>
        Edf.EdfSamples.ReadAllAsync(file, CancellationToken.None);

    private static short[] Read(SyntheticEeg eeg, int samplesPerChannel)
    {
        short[] planar = new short[samplesPerChannel * Options.ChannelCount];
        eeg.Read(planar);
        return planar;
    }

    private static double ReadMicrovolts(SampleType type, byte[] planar, int index) =>
        type switch
        {
            SampleType.Int16 => BitConverter.ToInt16(planar, index * 2) * SyntheticEeg.MicrovoltsPerStepOf(type),
            SampleType.Int24 => (
                (planar[(index * 3) + 2] << 24 | planar[(index * 3) + 1] << 16 | planar[index * 3] << 8) >> 8
            ) * SyntheticEeg.MicrovoltsPerStepOf(type),
            SampleType.Int32 => BitConverter.ToInt32(planar, index * 4) * SyntheticEeg.MicrovoltsPerStepOf(type),
            SampleType.Float32 => BitConverter.ToSingle(planar, index * 4),
            _ => BitConverter.ToDouble(planar, index * 8),
        };
}
