using Dendrite.Signals.Edf;

namespace Dendrite.Signals.Tests.Edf;

public sealed class EdfRoundTripTests
{
    [Theory]
    [InlineData(EdfVariant.Edf)]
    [InlineData(EdfVariant.EdfPlusContinuous)]
    [InlineData(EdfVariant.EdfPlusDiscontinuous)]
    public async Task What_was_written_is_read_back(EdfVariant variant)
    {
        byte[] file = await EdfFixture.WriteAsync(variant);

        var recording = await EdfFixture.ScanAsync(file);
        var samples = await EdfSamples.ReadAllAsync(new MemoryStream(file), CancellationToken.None);

        Assert.Empty(recording.Warnings);
        Assert.Equal(variant, recording.Header.Variant);
        Assert.Equal(new DateTime(2024, 2, 29, 23, 59, 58, DateTimeKind.Unspecified), recording.Header.StartTime);
        Assert.Equal([8m, 2m], recording.Header.RateGroups.Select(group => group.RateHz));
        Assert.Equal([new EdfSegment(0, EdfFixture.Records, 0)], recording.Segments);
        for (int signal = 0; signal < EdfFixture.SignalCount; signal++)
        {
            Assert.Equal(samples[signal], samples[signal].Select((_, i) => EdfFixture.Sample(signal, i)));
        }
    }

    [Fact]
    public async Task Annotations_keep_text_onset_and_duration_exactly()
    {
        EdfAnnotation[] written = [new(0.1234567m, null, "Lichter aus – 灯", 0), new(2.5m, 0.25m, "K-complex", 0)];
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusContinuous,
            annotations: record => record == 0 ? written : []
        );

        var recording = await EdfFixture.ScanAsync(file);

        Assert.Equal(written, recording.Annotations);
    }

    [Fact]
    public async Task Gaps_become_segments_and_instants_find_their_samples()
    {
        // Records 0 to 3 from 0.25 s, records 4 to 9 from 100.5 s.
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusDiscontinuous,
            onsets: record => record < 4 ? 0.25m + record : 96.5m + record
        );

        var recording = await EdfFixture.ScanAsync(file);
        var fast = recording.Header.RateGroups[0];

        Assert.Equal([new EdfSegment(0, 4, 0.25m), new EdfSegment(4, 6, 100.5m)], recording.Segments);
        Assert.Equal(0, recording.SampleIndexAt(fast, 0));
        Assert.Equal(8, recording.SampleIndexAt(fast, 1.25m));
        Assert.Equal(31, recording.SampleIndexAt(fast, 50));
        Assert.Equal(36, recording.SampleIndexAt(fast, 101));
        Assert.Equal(79, recording.SampleIndexAt(fast, 9e8m));
    }

    [Fact]
    public async Task A_rate_that_is_no_whole_number_is_exact()
    {
        byte[] file = await EdfFixture.WriteAsync(change: header => header with { RecordDurationSeconds = 0.625m });

        var recording = await EdfFixture.ScanAsync(file);

        Assert.Equal(12.8m, recording.Header.RateGroups[0].RateHz);
    }

    [Fact]
    public async Task Reading_from_a_record_in_the_middle_gives_the_rest()
    {
        byte[] file = await EdfFixture.WriteAsync();
        var reader = await EdfReader.OpenAsync(new MemoryStream(file), CancellationToken.None);
        var indexes = new List<long>();

        await foreach (var record in reader.ReadRecordsAsync(7))
        {
            indexes.Add(record.Index);
            Assert.Equal(EdfFixture.Sample(0, record.Index * 8), record.Samples(reader.Header.Signals[0])[0]);
        }

        Assert.Equal([7, 8, 9], indexes);
    }
}
