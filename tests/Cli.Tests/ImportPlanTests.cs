using Dendrite.Cli.Import;
using Dendrite.Signals.Edf;

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
        Assert.Equal(clean, EdfText.Clean(text));

    [Fact]
    public void A_long_name_leaves_room_for_the_rate()
    {
        string id = StreamIds.OfFile(new string('a', 200) + ".edf");

        Assert.Equal(63, id.Length);
        string withRate = StreamIds.WithRate(id, 12.8m);
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
        var rate = ExactRate.Of(new EdfRateGroup(samples, decimal.Parse(duration), []));

        Assert.Equal((expectedSamples, expectedSeconds), (rate.Samples, rate.Seconds));
    }

    [Theory]
    [InlineData("0.3945312", 0, 394531200)]
    [InlineData("-1.5", -1, -500000000)]
    [InlineData("0.9999999999", 1, 0)]
    public void Seconds_keep_their_nanoseconds(string seconds, long whole, int nanoseconds)
    {
        var duration = ExactRate.Seconds(decimal.Parse(seconds));

        Assert.Equal((whole, nanoseconds), (duration.Seconds, duration.Nanos));
    }

    [Fact]
    public void A_gap_lies_between_the_last_sample_before_it_and_the_first_after_it()
    {
        var signal = new EdfSignal
        {
            Index = 0,
            Label = "Fp1",
            OriginalLabel = "Fp1",
            Calibration = EdfCalibration.Identity,
            SamplesPerRecord = 10,
        };
        var recording = new EdfRecording
        {
            Header = new EdfHeader
            {
                Variant = EdfVariant.EdfPlusDiscontinuous,
                StartTime = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Unspecified),
                RecordDurationSeconds = 1,
                Signals = [signal],
            },
            RecordCount = 5,
            Segments = [new(0, 2, 0.5m), new(2, 3, 100)],
            Annotations = [new(101, 0, "spike", 2)],
            Warnings = [],
        };

        var plan = Assert.Single(ImportPlan.Of(new EdfSource("a.edf", "ab", 1, recording), "night", start: null));

        Assert.Equal([0, 19, 20, 49], plan.Anchors.Select(anchor => anchor.Sample));
        string[] instants = ["00:00:00.5000", "00:00:02.4000", "00:01:40.0000", "00:01:42.9000"];
        Assert.Equal(instants, plan.Anchors.Select(anchor => anchor.Instant.ToDateTime().ToString("HH:mm:ss.ffff")));
        Assert.Equal("2026-01-01T00:00:00.500Z", plan.Descriptor.StartTime.ToString().Trim('"'));
        var annotation = Assert.Single(plan.Annotations);
        Assert.Equal(30, annotation.StartSample);
        Assert.Equal(100, annotation.Onset.Seconds);
        Assert.Equal(500_000_000, annotation.Onset.Nanos);
    }
}
