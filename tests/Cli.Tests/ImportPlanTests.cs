using Dendrite.Cli.Hosting;
using Dendrite.Cli.Import;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Tests;

public sealed class ImportPlanTests
{
    [Theory]
    [InlineData("/data/Night 1 (pilot).edf", "night-1-pilot")]
    [InlineData("SC4001E0-PSG.EDF", "sc4001e0-psg")]
    [InlineData("2024-01-01.edf", "rec-2024-01-01")]
    [InlineData("脳波.edf", "rec")]
    [InlineData("__.edf", "rec")]
    public void A_file_name_becomes_an_id(string path, string id) => Assert.Equal(id, StreamIds.OfFile(path));

    [Theory]
    [InlineData("EEG Fpz-Cz", "EEG Fpz-Cz")]
    [InlineData("Patient\0\u001b\u007f", "Patient???")]
    [InlineData("Größe\n", "Größe\n")]
    public void Texts_of_a_file_lose_what_no_service_takes(string text, string clean) =>
        Assert.Equal(clean, RecordingText.Clean(text));

    [Fact]
    public void A_long_name_leaves_room_for_the_rate()
    {
        string id = StreamIds.OfFile(new string('a', 200) + ".edf");

        Assert.Equal(63, id.Length);
        string withRate = StreamIds.WithSuffix(id, "12.8hz");
        Assert.Equal(63, withRate.Length);
        Assert.EndsWith("-12-8hz", withRate, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(256, "1", 256, 1)]
    [InlineData(128, "10", 64, 5)]
    [InlineData(1228, "9.59375", 128, 1)]
    [InlineData(1, "30", 1, 30)]
    [InlineData(100, "0.3", 1000, 3)]
    public void A_rate_is_an_exact_fraction(int samples, string duration, long expectedSamples, long expectedSeconds)
    {
        var rate = RecordedRate.Of(samples, decimal.Parse(duration));

        Assert.Equal((expectedSamples, expectedSeconds), (rate.Samples, rate.Seconds));
    }

    [Theory]
    [InlineData("0.3945312", 0, 394531200)]
    [InlineData("-1.5", -1, -500000000)]
    [InlineData("0.9999999999", 1, 0)]
    public void Seconds_keep_their_nanoseconds(string seconds, long whole, int nanoseconds)
    {
        var duration = ExactTime.Seconds(decimal.Parse(seconds));

        Assert.Equal((whole, nanoseconds), (duration.Seconds, duration.Nanos));
    }

    [Fact]
    public async Task A_gap_lies_between_the_last_sample_before_it_and_the_first_after_it()
    {
        string path = await WriteWithGapAsync();
        try
        {
            var source = await RecordingSource.OpenAsync(path, TestContext.Current.CancellationToken);

            var plan = Assert.Single(ImportPlan.Of(source, "night", start: null));

            var pieces = source.Reader.ReadAsync(0, 0, TestContext.Current.CancellationToken);
            var anchors = await pieces
                .SelectMany(piece => piece.Anchors.Select(plan.ToContract).ToAsyncEnumerable())
                .ToListAsync(TestContext.Current.CancellationToken);
            Assert.Equal([0, 19, 20, 49], anchors.Select(anchor => anchor.Sample));
            string[] instants = ["00:00:00.5000", "00:00:02.4000", "00:01:40.0000", "00:01:42.9000"];
            Assert.Equal(instants, anchors.Select(anchor => anchor.Instant.ToDateTime().ToString("HH:mm:ss.ffff")));
            Assert.Equal("2026-01-01T00:00:00.500Z", plan.Descriptor.StartTime.ToString().Trim('"'));
            var annotation = Assert.Single(plan.Annotations);
            Assert.Equal(30, annotation.StartSample);
            Assert.Equal(100, annotation.Onset.Seconds);
            Assert.Equal(500_000_000, annotation.Onset.Nanos);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_file_with_an_annotation_that_no_stream_takes_is_refused_by_that_annotation()
    {
        string path = await WriteWithGapAsync();
        try
        {
            var source = await RecordingSource.OpenAsync(path, TestContext.Current.CancellationToken);
            var plan = Assert.Single(ImportPlan.Of(source, "night", start: null));
            var recorded = new RecordedAnnotation("spike") { Channels = ["Fp9"], StartSample = 7 };
            var stream = source.Recording.Streams[0] with { Annotations = [new("fine"), recorded] };
            plan = plan with { Annotations = StreamAnnotations.Of(source, stream, 0) };

            var refused = Assert.Throws<CliException>(() => StreamAnnotations.Require(source, plan));

            Assert.Equal(
                $"{path} is not imported: its annotation 2, at sample 7, is such as no stream takes "
                    + "(annotation.channels: 'Fp9' is not a channel of the stream).",
                refused.Message
            );
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Two records from 0.5 s on, three from 100 s on; ten samples a second.</summary>
    private static async Task<string> WriteWithGapAsync()
    {
        var signal = new EdfSignal
        {
            Index = 0,
            Label = "Fp1",
            OriginalLabel = "Fp1",
            Calibration = EdfCalibration.Identity,
            SamplesPerRecord = 10,
        };
        var header = new EdfHeader
        {
            Variant = EdfVariant.EdfPlusDiscontinuous,
            Recording = "Startdate 01-JAN-2026 X X X",
            StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified),
            RecordCount = 5,
            RecordDurationSeconds = 1,
            Signals = [signal],
        };
        string path = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.edf");
        await using var file = File.Create(path);
        var writer = await EdfWriter.CreateAsync(file, EdfWriter.Lay(header, 64), CancellationToken.None);
        decimal[] onsets = [0.5m, 1.5m, 100, 101, 102];
        for (int record = 0; record < onsets.Length; record++)
        {
            EdfAnnotation[] annotations = record == 3 ? [new(101, 0, "spike", 3)] : [];
            ReadOnlyMemory<short>[] samples = [new short[10]];
            await writer.WriteRecordAsync(samples, annotations, onsets[record], CancellationToken.None);
        }
        return path;
    }
}
