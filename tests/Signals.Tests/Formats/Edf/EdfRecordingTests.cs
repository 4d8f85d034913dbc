using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Tests.Edf;

namespace Dendrite.Signals.Tests.Formats.Edf;

/// <summary>EDF and BDF in the shape that all formats share.</summary>
public sealed class EdfRecordingTests
{
    [Theory]
    [MemberData(nameof(SharedRecordingTests.Files), MemberType = typeof(SharedRecordingTests))]
    public async Task Every_channel_has_the_samples_that_another_reader_found(string file)
    {
        var reader = await SharedFiles.OpenAsync(file);
        var expected = ExpectedRecordings.Of(file);
        int compared = 0;
        for (int stream = 0; stream < reader.Recording.Streams.Count; stream++)
        {
            var recorded = reader.Recording.Streams[stream];
            var samples = await ReadSamples.OfAsync(reader, stream);
            var facts = expected.Signals.Where(signal => signal.RateHz == recorded.Rate.Hz).ToList();
            Assert.Equal(facts.Count, recorded.Channels.Count);
            foreach (var ((signal, channel), stored) in facts.Zip(recorded.Channels).Zip(samples.Channels))
            {
                AssertSamples(signal, channel, stored);
                compared++;
            }
        }
        Assert.Equal(expected.Signals.Length, compared);
    }

    [Theory]
    [InlineData("bdf/eeg_3ch_status_500hz.bdf", "BDF", 242, "4")]
    [InlineData("bdf/biosemi_73ch_2048hz.bdf", "BDF", 589, "128")]
    public async Task Triggers_of_the_Status_signal_become_annotations(
        string file,
        string format,
        long first,
        string code
    )
    {
        var reader = await SharedFiles.OpenAsync(file);
        var stream = Assert.Single(reader.Recording.Streams);
        var status = (await ReadSamples.OfAsync(reader)).Channels[^1];

        // By the rule itself, the slow way: a change of the lower 16 bits to another value than 0.
        var codes = status.Select(value => (int)value & 0xFFFF).ToArray();
        var expected = Enumerable
            .Range(1, codes.Length - 1)
            .Where(i => codes[i] != codes[i - 1] && codes[i] != 0)
            .Select(i => (Sample: (long)i, Text: $"{codes[i]}"));

        Assert.Equal(format, reader.Recording.Format);
        Assert.Equal(expected, stream.Annotations.Select(trigger => (trigger.StartSample, trigger.Text)));
        Assert.Equal((first, code), (stream.Annotations[0].StartSample, stream.Annotations[0].Text));
    }

    [Theory]
    [InlineData(EdfVariant.Edf, "BDF")]
    [InlineData(EdfVariant.EdfPlusContinuous, "BDF+C")]
    [InlineData(EdfVariant.EdfPlusDiscontinuous, "BDF+D")]
    public async Task A_BDF_file_that_was_written_is_read_back_with_all_24_bits(EdfVariant variant, string format)
    {
        EdfAnnotation[] note = [new(2.5m, 0.25m, "K-complex", 0)];
        byte[] file = await EdfFixture.WriteBdfAsync(variant, annotations: record => record == 0 ? note : []);

        var reader = await new FilesInMemory(("night", file)).OpenAsync();

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(format, reader.Recording.Format);
        Assert.Equal([8m, 2m], reader.Recording.Streams.Select(stream => stream.Rate.Hz));
        Assert.All(
            reader.Recording.Streams.SelectMany(s => s.Channels),
            c => Assert.Equal(SampleType.Int24, c.SampleType)
        );
        for (int stream = 0, signal = 0; stream < 2; stream++)
        {
            foreach (double[] samples in (await ReadSamples.OfAsync(reader, stream)).Channels)
            {
                var expected = samples.Select((_, i) => (double)EdfFixture.Sample24(signal, i)).ToArray();
                Assert.Equal(expected, samples);
                Assert.Contains(samples, sample => Math.Abs(sample) > short.MaxValue);
                signal++;
            }
        }
        var annotations = reader.Recording.Streams[0].Annotations;
        Assert.Equal(variant == EdfVariant.Edf ? 0 : 1, annotations.Count);
    }

    [Fact]
    public async Task Samples_from_the_middle_of_a_record_on_are_the_rest_of_all()
    {
        byte[] file = await EdfFixture.WriteAsync();
        var reader = await new FilesInMemory(("a.edf", file)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 35);
        var none = await ReadSamples.OfAsync(reader, first: 80);

        Assert.Equal(all.Channels.Select(channel => channel[35..]), rest.Channels);
        Assert.All(none.Channels, Assert.Empty);
    }

    [Fact]
    public async Task A_file_of_16_bit_samples_that_calls_itself_BDF_is_refused()
    {
        byte[] file = await EdfFixture.WriteAsync();
        byte[] lying = [0xFF, .. "BIOSEMI"u8, .. file[8..]];

        var error = await new FilesInMemory(("a.bdf", lying)).RefusedAsync();

        Assert.Equal(("version", 0), (error.Field, error.Offset));
        Assert.Contains("16-bit samples", error.Problem, StringComparison.Ordinal);
    }

    private static void AssertSamples(ExpectedSignal facts, RecordedChannel channel, double[] stored)
    {
        Assert.Equal(facts.Count, stored.LongLength);
        Assert.Equal(facts.Digital.First5, stored.Take(5).Select(sample => (int)sample));
        Assert.Equal(facts.Digital.Last5, stored.TakeLast(5).Select(sample => (int)sample));
        Assert.Equal(facts.Digital.Sum, stored.Sum(sample => (long)sample));
        Assert.Equal((facts.Digital.Min, facts.Digital.Max), ((int)stored.Min(), (int)stored.Max()));
        Assert.Equal(facts.Unit, channel.Unit);
        double tolerance = 1e-9 * Math.Max(1, Math.Max(Math.Abs(facts.Min), Math.Abs(facts.Max)));
        foreach (var (physical, sample) in facts.First5.Zip(stored))
        {
            Assert.Equal(physical, (sample * channel.Scale) + channel.Offset, tolerance);
        }
    }
}
