using System.Runtime.InteropServices;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Tests.Edf;

namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>A file that was read is written again: what comes back, and to which digit.</summary>
public sealed class EdfRoundTripTests
{
    private static readonly EdfAnnotation[] Notes =
    [
        new(1.0625m, null, "Lichter aus – 灯", 1),
        new(1.5m, 0.25m, "K-complex", 1),
        new(8m, 0, "Ende", 8),
    ];

    [Theory]
    [InlineData(EdfVariant.Edf)]
    [InlineData(EdfVariant.EdfPlusContinuous)]
    [InlineData(EdfVariant.EdfPlusDiscontinuous)]
    public async Task A_file_written_as_this_writer_writes_comes_back_to_the_byte(EdfVariant variant)
    {
        byte[] file = await EdfFixture.WriteAsync(
            variant,
            annotations: record => [.. Notes.Where(note => note.Record == record && variant != EdfVariant.Edf)]
        );

        var exported = await Exported.OfAsync(await Exported.OpenAsync(file));

        Assert.Equal(file, exported.File);
        Assert.Empty(exported.Plan.Warnings);
    }

    [Theory]
    [InlineData(EdfVariant.Edf)]
    [InlineData(EdfVariant.EdfPlusContinuous)]
    public async Task So_does_a_file_of_24_bits(EdfVariant variant)
    {
        byte[] file = await EdfFixture.WriteBdfAsync(
            variant,
            record => [.. Notes.Where(note => note.Record == record && variant != EdfVariant.Edf)]
        );

        var exported = await Exported.OfAsync(await Exported.OpenAsync(file), new() { Width = EdfSampleWidth.Bdf });

        Assert.Equal(file, exported.File);
    }

    [Fact]
    public async Task Gaps_and_onsets_that_are_off_by_less_than_half_a_sample_come_back_to_the_byte()
    {
        // Samples are 0.125 s apart: 0.01 s moves none of them, and the file says it all the same.
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusDiscontinuous,
            onsets: record => (record < 4 ? 0.25m : 96.5m) + record + (record == 6 ? 0.01m : 0)
        );

        var exported = await Exported.OfAsync(await Exported.OpenAsync(file));

        Assert.Equal(file, exported.File);
    }

    [Theory]
    [InlineData(EdfSampleWidth.Edf)]
    [InlineData(EdfSampleWidth.Bdf)]
    public async Task A_pause_of_less_than_half_a_slow_signals_sample_is_one_of_all_signals(EdfSampleWidth width)
    {
        // Samples are 0.125 and 0.5 s apart.
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusDiscontinuous,
            onsets: record => record + (record < 4 ? 0 : 0.2m)
        );

        var exported = await Exported.OfAsync(await Exported.OpenAsync(file), new() { Width = width });

        EdfSegment[] pieces = [new(0, 4, 0), new(4, 6, 4.2m)];
        Assert.Equal(pieces, (await exported.ScanAsync()).Segments);
        Assert.True(width != EdfSampleWidth.Edf || file.AsSpan().SequenceEqual(exported.File));
    }

    [Theory]
    [InlineData(0.01, 0)]
    // Together more than half a sample: where a run begins with the one, the other must still be near it.
    [InlineData(0.06, -0.06)]
    public async Task What_is_masked_moves_no_onset_to_another_record(double third, double fourth)
    {
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusContinuous,
            onsets: record => record + OffBy(record),
            change: header => header with { Signals = [header.Signals[0]] }
        );
        var read = (await Exported.OpenAsync(file)).Recording;
        foreach (int masked in new[] { 16, 24 })
        {
            var samples = Enumerable.Range(masked, 80 - masked).Select(i => EdfFixture.Sample(0, i)).ToArray();
            SamplePiece[] pieces =
            [
                new(0, masked) { Gap = RecordedGapCause.Declared },
                new(masked, samples.Length) { Groups = [MemoryMarshal.AsBytes(samples.AsSpan()).ToArray()] },
            ];
            var stream = read.Streams[0] with { MissingSampleCount = masked };
            var masking = new MadeRecording(read with { Streams = [stream] }, pieces);

            var again = await (await Exported.OfAsync(masking)).ScanAsync();

            Assert.Equal([new EdfSegment(0, 10 - (masked / 8), masked / 8)], again.Segments);
            var stated = Enumerable
                .Range(0, 10)
                .Select(record => (Record: (long)(record - (masked / 8)), Onset: record + OffBy(record)))
                .Where(record => record.Record > 0 && record.Onset != decimal.Truncate(record.Onset));
            Assert.Equal(stated, again.StatedOnsets);
        }

        decimal OffBy(int record) =>
            (decimal)(
                record == 3 ? third
                : record == 4 ? fourth
                : 0
            );
    }

    [Fact]
    public async Task A_recording_field_that_grows_beyond_its_width_is_refused_and_cut_when_asked()
    {
        // The date of a changed file is ten characters longer than its X.
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusContinuous,
            change: header => header with { Recording = $"Startdate X X X {new string('d', 60)}" }
        );
        var read = await Exported.OpenAsync(file);

        string refused = await Exported.RefusedAsync(read, new() { Fill = true });
        var cut = await Exported.OfAsync(read, new() { Fill = true, Shorten = true });

        Assert.StartsWith("recording: ", refused, StringComparison.Ordinal);
        Assert.Contains("--shorten", refused, StringComparison.Ordinal);
        Assert.Equal($"Startdate 29-FEB-2024 X X {new string('d', 54)}", cut.Plan.Header.Recording);
        Assert.Contains(cut.Plan.Warnings, warning => warning.StartsWith("recording: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1979)]
    [InlineData(2085)]
    public async Task A_year_that_two_digits_do_not_tell_is_kept_beside_a_recording_field_of_old(int year)
    {
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.Edf,
            change: header => header with { Recording = "Sleep lab bed 3" }
        );
        var start = new DateTimeOffset(year, 5, 1, 8, 0, 0, TimeSpan.Zero);

        var written = await Exported.OfAsync(new Restarted(await Exported.OpenAsync(file), start));

        Assert.Equal($"Startdate 01-MAY-{year} X X Sleep_lab_bed_3", written.Plan.Header.Recording);
        Assert.Equal(start, (await written.OpenAsync()).Recording.StartTime);
    }

    [Fact]
    public async Task A_date_in_small_letters_gives_way_to_the_start_that_is_written()
    {
        byte[] file = await EdfFixture.WriteAsync(
            EdfVariant.EdfPlusContinuous,
            change: header => header with { Recording = "startdate 29-feb-2024 bench" }
        );
        var start = new DateTimeOffset(2025, 5, 1, 8, 0, 0, TimeSpan.Zero);

        var written = await Exported.OfAsync(new Restarted(await Exported.OpenAsync(file), start));

        Assert.Equal(start, (await written.OpenAsync()).Recording.StartTime);
    }

    /// <summary>A recording whose start somebody knew better.</summary>
    private sealed class Restarted(RecordingReader inner, DateTimeOffset start)
        : RecordingReader(inner.Recording with { StartTime = start }, inner.Files)
    {
        public override IAsyncEnumerable<SamplePiece> ReadAsync(
            int stream,
            long firstSample,
            CancellationToken cancellationToken
        ) => inner.ReadAsync(stream, firstSample, cancellationToken);
    }

    [Theory]
    [MemberData(nameof(SharedEdf.Paths), MemberType = typeof(SharedEdf))]
    public async Task A_real_recording_comes_back_with_everything_that_it_says(string path)
    {
        var original = await SharedFiles.OpenAsync(path);
        var width =
            path.StartsWith("bdf", StringComparison.Ordinal) && original.Recording.MetadataKey == "bdf"
                ? EdfSampleWidth.Bdf
                : EdfSampleWidth.Edf;

        var exported = await Exported.OfAsync(original, new() { Width = width });

        await SameRecording.AssertAsync(original, await exported.OpenAsync());
        // What was normalised once is written the same ever after.
        var again = await Exported.OfAsync(await exported.OpenAsync(), new() { Width = width });
        Assert.Equal(exported.File, again.File);
    }
}
