using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Edf;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.Edf.Export;

/// <summary>What a new file says, to the byte, and what is refused or changed on the way into it.</summary>
public sealed class EdfWritingTests
{
    private static readonly RecordedChannel Plain = new("Fp1", SampleType.Int16)
    {
        Unit = "µV",
        Scale = 0.5,
        Range = new(-1024, 1023.5, -2048, 2047),
        Transducer = "AgAgCl",
        Prefilter = "HP:0.1Hz",
    };

    [Fact]
    public async Task The_header_and_the_lists_are_as_EDF_plus_has_them()
    {
        RecordedAnnotation[] notes = [new("Blink") { OnsetSeconds = 1.25m, DurationSeconds = 0.5m }];
        var exported = await Exported.OfAsync(MadeRecording.Of(new(4, 1), [Plain], notes, Int16(0, 8)));

        string text = Encoding.Latin1.GetString(exported.File);
        Assert.Equal("0       ", text[..8]);
        Assert.Equal("X X X X", text[8..88].TrimEnd());
        Assert.Equal("Startdate 14-MAR-2026 X X X", text[88..168].TrimEnd());
        Assert.Equal("14.03.2609.26.53768     EDF+C", text[168..236].TrimEnd());
        Assert.Equal("2       1       2   ", text[236..256]);
        Assert.Equal("Fp1             EDF Annotations ", text[256..288]);
        Assert.Equal("uV      ", text[448..456]);
        Assert.Equal("-1024   -1      1023.5  1       -2048   -32768  2047    32767   ", text[464..528]);
        int record = (int)exported.Plan.Header.RecordBytes;
        Assert.Equal(
            [0, 1, 2, 3, 4, 5, 6, 7],
            Samples(exported.File, 768, 4).Concat(Samples(exported.File, 768 + record, 4))
        );
        Assert.StartsWith("+0\x14\x14\0\0", text[(768 + 8)..], StringComparison.Ordinal);
        Assert.StartsWith(
            "+1\x14\x14\0+1.25\x15" + "0.5\x14" + "Blink\x14\0\0",
            text[(768 + record + 8)..],
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Samples_of_16_bits_go_into_BDF_with_their_signs()
    {
        var recording = MadeRecording.Of(new(4, 1), [Plain], [], Int16(-2, 4));
        var exported = await Exported.OfAsync(recording, new() { Width = EdfSampleWidth.Bdf });

        var samples = await ReadSamples.OfAsync(await exported.OpenAsync());

        Assert.Equal([-2, -1, 0, 1], samples.Channels[0]);
    }

    [Fact]
    public async Task A_value_that_does_not_fit_is_refused_with_its_place_and_rounded_when_asked()
    {
        var wide = new RecordedChannel("Cz", SampleType.Int32) { Unit = "uV", Scale = 0.001 };
        int[] values = [1, -32_768, 32_767, 40_000];
        var recording = MadeRecording.Of(new(4, 1), [wide], [], Piece(MemoryMarshal.AsBytes(values.AsSpan()), 4));

        string refused = await Exported.RefusedAsync(recording);
        Assert.Contains("channel 'Cz': sample 3: 40000 has more than the 16 bits", refused, StringComparison.Ordinal);
        var scales = new Dictionary<(int, int), (double, double)> { [(0, 0)] = (-32.768, 40) };
        var rounded = await (await Exported.OfAsync(recording, new() { Scales = scales })).OpenAsync();

        var channel = rounded.Recording.Streams[0].Channels[0];
        var stored = (await ReadSamples.OfAsync(rounded)).Channels[0];
        Assert.All(
            values.Zip(stored),
            pair => Assert.Equal(pair.First * 0.001, channel.ToPhysical(pair.Second), channel.Scale)
        );
    }

    [Fact]
    public async Task Floats_are_refused_and_so_is_what_is_no_number_even_when_scaled()
    {
        var channel = new RecordedChannel("Cz", SampleType.Float32);
        float[] values = [1, float.NaN];
        var recording = MadeRecording.Of(new(2, 1), [channel], [], Piece(MemoryMarshal.AsBytes(values.AsSpan()), 2));

        Assert.Contains("--scale", await Exported.RefusedAsync(recording), StringComparison.Ordinal);
        var scales = new Dictionary<(int, int), (double, double)> { [(0, 0)] = (0, 1) };
        string refused = await Exported.RefusedAsync(recording, new() { Scales = scales });
        Assert.Contains("channel 'Cz': sample 1: NaN", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Long_labels_are_refused_and_cut_apart_when_asked()
    {
        RecordedChannel[] channels =
        [
            Plain with
            {
                Label = "Électrode frontale 1",
            },
            Plain with
            {
                Label = "Électrode frontale 2",
                Unit = "degrees Celsius",
            },
        ];
        byte[] samples = new byte[16];
        var recording = MadeRecording.Of(new(4, 1), channels, [], Piece(samples, 4));

        Assert.Contains(
            "label: 'Électrode frontale 1'",
            await Exported.RefusedAsync(recording),
            StringComparison.Ordinal
        );
        var exported = await Exported.OfAsync(recording, new() { Shorten = true });

        Assert.Equal(
            ["?lectrode fronta", "?lectrode fron~2"],
            exported.Plan.Header.Signals.Take(2).Select(s => s.OriginalLabel)
        );
        Assert.Equal("degrees", exported.Plan.Header.Signals[1].Unit);
        Assert.Equal(3, exported.Plan.Warnings.Count);
    }

    [Theory]
    // 32767 × 0.1 is 3276.7000000000003 in binary64.
    [InlineData(0.1, null)]
    [InlineData(0.123456789, "channel 'A' and 2 more: its physical range ")]
    public async Task Rounded_ranges_are_noted_once_and_what_the_arithmetic_leaves_is_not(double scale, string? note)
    {
        string[] labels = ["A", "B", "C"];
        var channels = labels.Select(label => new RecordedChannel(label, SampleType.Int16) { Scale = scale });
        var recording = MadeRecording.Of(new(4, 1), [.. channels], [], Piece(new byte[24], 4));

        var warnings = (await Exported.OfAsync(recording)).Plan.Warnings;

        Assert.Equal(note is null ? 0 : 1, warnings.Count);
        Assert.All(warnings, warning => Assert.StartsWith(note!, warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gap_becomes_a_discontinuity_or_is_filled_and_noted()
    {
        var gap = new SamplePiece(8, 6) { Gap = RecordedGapCause.DeviceCounterJump };
        var recording = MadeRecording.Of(
            new(4, 1),
            [Plain],
            [],
            Int16(0, 8),
            gap,
            Int16(14, 4) with
            {
                FirstSample = 14,
            }
        );

        var paused = await (await Exported.OfAsync(recording)).ScanAsync();
        Assert.Equal(EdfVariant.EdfPlusDiscontinuous, paused.Header.Variant);
        decimal length = paused.Header.RecordDurationSeconds;
        Assert.Equal(
            [new EdfSegment(0, (long)(2 / length), 0), new EdfSegment((long)(2 / length), (long)(1 / length), 3.5m)],
            paused.Segments
        );
        string refused = await Exported.RefusedAsync(recording, new() { Variant = EdfVariant.EdfPlusContinuous });
        Assert.Contains("Choose EDF+D", refused, StringComparison.Ordinal);

        var filled = await (await Exported.OfAsync(recording, new() { Fill = true })).OpenAsync();
        Assert.Equal("EDF+C", filled.Recording.Format);
        Assert.Equal(
            [0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 14, 15, 16, 17],
            (await ReadSamples.OfAsync(filled)).Channels[0].Take(18)
        );
        Assert.Contains(
            filled.Recording.Streams[0].Annotations,
            note => note is { OnsetSeconds: 2, DurationSeconds: 1.5m, Text: "Filled: no data" }
        );
    }

    [Fact]
    public async Task Missing_samples_that_nobody_declared_are_not_closed_up()
    {
        var hole = new LyingRecording(
            MadeRecording.Of(new(4, 1), [Plain], [], Int16(0, 8), Int16(12, 4) with { FirstSample = 12 })
        );

        Assert.Contains("no gap was declared", await Exported.RefusedAsync(hole), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30_000, 1, 138_888_888_889, 500_000_000_000_000)]
    [InlineData(9_999_991, 9_007_199_254_740_881, 9_999_973, 9_007_199_254_740_847)]
    public async Task Streams_whose_rates_meet_in_no_record_are_refused(
        long above,
        long below,
        long other,
        long seconds
    )
    {
        RecordedStream Stream(RecordedRate rate) =>
            new()
            {
                Suffix = $"{rate}",
                Rate = rate,
                Channels = [Plain],
                SampleCount = 4,
            };
        var recording = new MadeRecording(
            MadeRecording.Describe(Stream(new(above, below)), Stream(new(other, seconds))),
            [Int16(0, 4)],
            [Int16(0, 4)]
        );

        string refused = await Exported.RefusedAsync(recording, new() { Fill = true });

        Assert.Contains("Export each to a file of its own", refused, StringComparison.Ordinal);
    }

    [Theory]
    // Five records of 200; of 153,601, which is 7 times 21,943, no duration is exact.
    [InlineData(1000, "0.78125")]
    [InlineData(153_600, "1")]
    [InlineData(153_601, null)]
    public async Task Records_hold_every_sample_and_no_other(int count, string? duration)
    {
        var recording = MadeRecording.Of(new(256, 1), [Plain], [], Int16(0, count));
        if (duration is null)
        {
            Assert.Contains("(--to)", await Exported.RefusedAsync(recording), StringComparison.Ordinal);
            return;
        }
        var read = await (await Exported.OfAsync(recording)).ScanAsync();

        Assert.Equal(duration, FormattableString.Invariant($"{read.Header.RecordDurationSeconds}"));
        Assert.Equal(count, read.SampleCount(read.Header.RateGroups[0]));
    }

    [Fact]
    public async Task A_fraction_of_a_second_and_a_jump_of_time_are_onsets()
    {
        var jump = Int16(8, 8) with { FirstSample = 8, Anchors = [new(8, 100.125m)] };
        var first = Int16(0, 8) with { Anchors = [new(0, 0.75m), new(7, 2.5m)] };
        var read = await (await Exported.OfAsync(MadeRecording.Of(new(4, 1), [Plain], [], first, jump))).ScanAsync();

        Assert.Equal(MadeRecording.Start.UtcDateTime, read.Header.StartTime);
        Assert.Equal([0.75m, 100.125m], read.Segments.Select(segment => segment.OnsetSeconds));
    }

    [Theory]
    [InlineData(EdfSampleWidth.Edf, 1)]
    [InlineData(EdfSampleWidth.Bdf, 0)]
    public async Task Triggers_are_annotations_where_their_signal_does_not_say_them_bit_for_bit(
        EdfSampleWidth width,
        int notes
    )
    {
        var status = new RecordedChannel("Status", SampleType.Int24);
        var trigger = new RecordedAnnotation("5")
        {
            OnsetSeconds = 0.5m,
            Category = "trigger",
            Metadata = new JsonObject { ["source"] = "Status" },
        };
        byte[] samples = [0, 0, 1, 0, 0, 0, 5, 0, 0, 0, 0, 0];
        var recording = MadeRecording.Of(new(4, 1), [status], [trigger], Piece(samples, 4));
        var scales = new Dictionary<(int, int), (double, double)> { [(0, 0)] = (0, 0x010000) };

        var exported = await Exported.OfAsync(recording, new() { Width = width, Scales = scales });

        var noted = (await exported.ScanAsync()).Annotations;
        Assert.Equal(Enumerable.Repeat("5", notes), noted.Select(note => note.Text));
        var read = await exported.OpenAsync();
        Assert.Equal("5", Assert.Single(read.Recording.Streams[0].Annotations).Text);
    }

    [Theory]
    [InlineData(1e-12)]
    [InlineData(1e-30)]
    [InlineData(1e9)]
    public async Task Rounded_samples_have_the_steps_of_the_format_whatever_their_unit(double unit)
    {
        var channel = new RecordedChannel("MEG 0113", SampleType.Float64) { Unit = "T" };
        double[] values = [-2 * unit, -0.5 * unit, 0, unit, 3 * unit];
        var piece = Piece(MemoryMarshal.AsBytes(values.AsSpan()), 5);
        var scales = new Dictionary<(int, int), (double, double)> { [(0, 0)] = (-2 * unit, 3 * unit) };

        var exported = await Exported.OfAsync(
            MadeRecording.Of(new(5, 1), [channel], [], piece),
            new() { Scales = scales }
        );

        var read = await exported.OpenAsync();
        var stored = (await ReadSamples.OfAsync(read)).Channels[0];
        var written = read.Recording.Streams[0].Channels[0];
        Assert.All(values.Zip(stored), pair => Assert.Equal(pair.First, written.ToPhysical(pair.Second), 1e-4 * unit));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e-12)]
    [InlineData(-40)]
    public async Task A_channel_that_always_has_one_value_is_written_with_it(double value)
    {
        double[] values = [value, value];
        var piece = Piece(MemoryMarshal.AsBytes(values.AsSpan()), 2);
        var scales = new Dictionary<(int, int), (double, double)> { [(0, 0)] = (value, value) };

        var read = await (
            await Exported.OfAsync(
                MadeRecording.Of(new(2, 1), [new("Cz", SampleType.Float64)], [], piece),
                new() { Scales = scales }
            )
        ).OpenAsync();

        var written = read.Recording.Streams[0].Channels[0];
        var stored = (await ReadSamples.OfAsync(read)).Channels[0];
        Assert.All(stored, sample => Assert.Equal(value, written.ToPhysical(sample), Math.Abs(value) * 1e-9));
    }

    private static SamplePiece Int16(int first, int count) =>
        Piece(MemoryMarshal.AsBytes(Enumerable.Range(first, count).Select(i => (short)i).ToArray().AsSpan()), count);

    private static SamplePiece Piece(ReadOnlySpan<byte> samples, int count) =>
        new(0, count) { Groups = [samples.ToArray()] };

    private static IEnumerable<int> Samples(byte[] file, int at, int count) =>
        Enumerable.Range(0, count).Select(i => (int)BitConverter.ToInt16(file, at + (2 * i)));

    /// <summary>Says that it has no gaps.</summary>
    private sealed class LyingRecording(RecordingReader inner) : RecordingReader(Longer(inner.Recording), [])
    {
        public override IAsyncEnumerable<SamplePiece> ReadAsync(
            int stream,
            long firstSample,
            CancellationToken cancellationToken
        ) => inner.ReadAsync(stream, firstSample, cancellationToken);

        private static Recording Longer(Recording recording) =>
            recording with
            {
                Streams = [recording.Streams[0] with { SampleCount = 16 }],
            };
    }
}
