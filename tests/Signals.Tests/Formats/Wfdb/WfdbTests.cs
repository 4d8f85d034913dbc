using System.Text;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.Wfdb;

public sealed class WfdbTests
{
    private const int Frames = 4999;

    [Theory]
    [InlineData(8, SampleType.Int32, 100)]
    [InlineData(16, SampleType.Int16, 32000)]
    [InlineData(24, SampleType.Int24, 8000000)]
    [InlineData(32, SampleType.Int32, 2000000000)]
    [InlineData(61, SampleType.Int16, 32000)]
    [InlineData(80, SampleType.Int16, 127)]
    [InlineData(160, SampleType.Int16, 32000)]
    [InlineData(212, SampleType.Int16, 2047)]
    [InlineData(310, SampleType.Int16, 511)]
    [InlineData(311, SampleType.Int16, 511)]
    public async Task Every_packing_gives_the_same_samples_from_any_of_them_on(int format, SampleType type, int largest)
    {
        var values = WfdbFixture.Values(3, Frames, largest, format == 8);
        var reader = await new FilesInMemory(WfdbFixture.Make(format, values)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 3001);

        Assert.Empty(reader.Recording.Warnings);
        Assert.All(reader.Recording.Streams[0].Channels, channel => Assert.Equal(type, channel.SampleType));
        Assert.Equal(values.Select(channel => channel.Select(v => (double)v).ToArray()), all.Channels);
        Assert.Equal(all.Channels.Select(channel => channel[3001..]), rest.Channels);
    }

    /// <summary>Three bytes of 311 hold two samples; of 310 the second reaches into the fourth.</summary>
    [Theory]
    [InlineData(310, 1, 2)]
    [InlineData(310, 1, 1)]
    [InlineData(311, 1, 2)]
    [InlineData(311, 2, 1)]
    public async Task A_last_unit_without_the_bytes_that_no_sample_needs_is_read(int format, int samples, int cut)
    {
        var values = WfdbFixture.Values(1, 30 + samples, 511, small: false);
        var files = WfdbFixture.Make(format, values);
        files[1].Content = files[1].Content[..^cut];

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(values[0].Select(v => (double)v), (await ReadSamples.OfAsync(reader)).Channels[0]);
    }

    [Fact]
    public async Task A_bit_of_difference_shows_in_the_checksum()
    {
        var files = WfdbFixture.Make(16, WfdbFixture.Values(2, Frames, 1000, false));
        files[1].Content[100] ^= 4;

        var reader = await new FilesInMemory(files).OpenAsync();

        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal((RecordingWarningKind.ChecksumMismatch, "signal 0"), (warning.Kind, warning.Field));
    }

    [Fact]
    public async Task A_gain_that_leaves_the_baseline_no_value_is_none()
    {
        const string header = "rec 1 360 3\nrec.dat 16 1e-305(2000000000) 11 0 0 0 0 II\n";

        var channel = Assert.Single((await Open(header, new byte[6])).Recording.Streams[0].Channels);

        Assert.Equal((1 / 200.0, -2e9 / 200), (channel.Scale, channel.Offset));
    }

    [Fact]
    public async Task Gain_baseline_unit_and_start_are_those_of_the_header()
    {
        const string header = """
            # made by a test
            rec 3 360/100(5) 3 11:22:33.5 29/02/2024
            rec.dat 16 200.5(10)/uV 11 1024 7 0 0 II lead
            rec.dat 16 0 12 5 0 0 0 II lead
            rec.dat 16
            # <age>: 25
            """;
        var reader = await Open(header, new byte[18]);
        var stream = Assert.Single(reader.Recording.Streams);

        Assert.Equal(360, stream.Rate.Hz);
        Assert.Equal("2024-02-29T11:22:33.5000000+00:00", $"{reader.Recording.StartTime:O}");
        Assert.Equal(["II lead", "II lead (2)", "channel 3"], stream.Channels.Select(channel => channel.Label));
        Assert.Equal(["uV", "mV", "mV"], stream.Channels.Select(channel => channel.Unit));
        Assert.Equal([1 / 200.5, 1 / 200.0, 1 / 200.0], stream.Channels.Select(channel => channel.Scale));
        // The baseline is that of the header, or else the converter's zero.
        Assert.Equal([-10 / 200.5, -5 / 200.0, 0], stream.Channels.Select(channel => channel.Offset));
        Assert.Equal(2, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.Uncalibrated));
        Assert.Equal(
            ["made by a test", "<age>: 25"],
            reader.Recording.Metadata["comments"]!.AsArray().Select(c => (string?)c)
        );
    }

    [Fact]
    public async Task Signals_of_several_rates_files_and_formats_become_streams_and_groups()
    {
        const string header = """
            rec 3 100 4
            a.dat 16x2 1/mV 16 0 0 0 0 fast
            b.dat 80+3 1/mV 8 0 0 0 0 slow
            b.dat 80 1/mV 8 0 0 0 0 other
            """;
        byte[] fast = [.. Enumerable.Range(1, 8).SelectMany(i => BitConverter.GetBytes((short)i))];
        byte[] slow = [9, 9, 9, 129, 138, 130, 148, 131, 158, 132, 168];
        var files = new FilesInMemory(("rec.hea", Encoding.ASCII.GetBytes(header)), ("a.dat", fast), ("b.dat", slow));

        var reader = await files.OpenAsync();

        Assert.Equal(["200hz", "100hz"], reader.Recording.Streams.Select(stream => stream.Suffix));
        Assert.Equal([Ramp(1, 1, 8)], (await ReadSamples.OfAsync(reader, 0)).Channels);
        Assert.Equal([Ramp(1, 1, 4), Ramp(10, 10, 4)], (await ReadSamples.OfAsync(reader, 1)).Channels);
        Assert.Equal(["rec.hea", "a.dat", "b.dat"], reader.Files);
    }

    [Fact]
    public async Task Segments_follow_each_other_and_pauses_are_gaps()
    {
        var reader = await new FilesInMemory(WfdbFixture.Segments(secondGain: 100)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 5);

        Assert.Equal([1, 2, 3, double.NaN, double.NaN, double.NaN, double.NaN, 4, 5], all.Channels[0]);
        // The second segment does not have the second signal: invalid samples.
        Assert.Equal([10, 20, 30, double.NaN, double.NaN, double.NaN, double.NaN, -32768, -32768], all.Channels[1]);
        Assert.Equal(all.Channels.Select(channel => channel[5..]), rest.Channels);
        Assert.Equal("-32768", reader.Recording.Streams[0].Channels[1].Labels["invalid-sample"]);
        Assert.Equal(["all.hea", "layout.hea", "s1.hea", "s1.dat", "s2.hea", "s2.dat"], reader.Files);
    }

    [Fact]
    public async Task Segments_that_mean_different_things_by_a_sample_are_refused()
    {
        var error = await new FilesInMemory(WfdbFixture.Segments(secondGain: 50)).RefusedAsync();

        Assert.Equal("segment 3", error.Field);
    }

    /// <summary>Two segments of two signals: 1 and 10, 2 and 20; then 3 and 30, 4 and 40.</summary>
    [Theory]
    [InlineData("", "", "", "")]
    [InlineData("ECG", "ECG", "ECG", "ECG")]
    [InlineData("I", "II", "I", "")]
    public async Task Signals_of_a_fixed_layout_are_told_apart_by_their_places(params string[] names)
    {
        var reader = await new FilesInMemory(WfdbFixture.TwoSegments(null, names[..2], names[2..])).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);

        Assert.Equal([1, 2, 3, 4], all.Channels[0]);
        Assert.Equal([10, 20, 30, 40], all.Channels[1]);
    }

    [Fact]
    public async Task Signals_of_one_description_in_a_variable_layout_follow_each_other()
    {
        string[] layout = ["ECG", "ABP", "ECG"];
        var files = WfdbFixture.TwoSegments(layout, ["ECG", "ECG"], ["ABP", "ECG"]);

        var all = await ReadSamples.OfAsync(await new FilesInMemory(files).OpenAsync());

        Assert.Equal([1, 2, 30, 40], all.Channels[0]);
        Assert.Equal([-32768, -32768, 3, 4], all.Channels[1]);
        Assert.Equal([10, 20, -32768, -32768], all.Channels[2]);
    }

    [Theory]
    [InlineData("rec.dat 8 100/mV 8 512", 512)]
    [InlineData("rec.dat 8 100(500)/mV 8 512", 512)]
    [InlineData("rec.dat 8 100/mV 8 512 0 0 0 lead", 0)]
    [InlineData("rec.dat 8 100/mV", 0)]
    public async Task Differences_add_up_from_the_initial_value_or_else_the_zero_of_the_converter(
        string signal,
        int initial
    )
    {
        var reader = await Open($"rec 1 250 3\n{signal}\n", [3, 0xFE, 1]);

        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal([initial + 3, initial + 1, initial + 2], samples.Channels[0]);
    }

    [Theory]
    [InlineData("360")]
    [InlineData("7")]
    [InlineData("333.333")]
    public async Task Annotations_lie_on_the_samples_they_were_made_on(string rate)
    {
        string header = $"rec 1 {rate} {Frames}\nrec.dat 16x3 100 16 0 0 0 0 lead\n";
        byte[] annotations = [.. Enumerable.Range(0, 600).SelectMany(_ => Word(1, 8)), 0, 0];
        var files = new FilesInMemory(
            ("rec.hea", Encoding.ASCII.GetBytes(header)),
            ("rec.dat", new byte[Frames * 6]),
            ("rec.atr", annotations)
        );

        var found = (await files.OpenAsync()).Recording.Streams[0].Annotations;

        Assert.Equal(
            Enumerable.Range(1, 600).Select(i => 3L * 8 * i),
            found.Select(annotation => annotation.StartSample)
        );
    }

    [Fact]
    public async Task The_annotations_beside_a_record_come_with_it()
    {
        var files = WfdbFixture.Make(16, WfdbFixture.Values(1, Frames, 1000, false));
        byte[] annotations =
        [
            // Normal beat at 10; skip of 70,000 and a rhythm change with a text of three letters at 70,015; end.
            .. Word(1, 10),
            .. Word(59, 0),
            1,
            0,
            0x70,
            0x11,
            .. Word(28, 5),
            .. Word(61, 2),
            .. Word(63, 3),
            .. "(VT\0"u8,
            0,
            0,
        ];

        var reader = await new FilesInMemory([.. files, ("rec.atr", annotations)]).OpenAsync();
        var found = reader.Recording.Streams[0].Annotations;

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(["N", "(VT"], found.Select(annotation => annotation.Text));
        Assert.Equal([10, 70_015], found.Select(annotation => annotation.StartSample));
        Assert.All(found, annotation => Assert.Equal("atr", annotation.Category));
        Assert.Equal(("+", 2), ((string)found[1].Metadata!["symbol"]!, (int)found[1].Metadata!["subtype"]!));
        Assert.Contains("rec.atr", reader.Files);
    }

    [Theory]
    [InlineData("rec 1 250 10\nrec.dat 17 100 16 0 0 0 0 a", "signal 0")]
    [InlineData("rec 1 250 10\nrec.dat 516 100 16 0 0 0 0 a", "signal 0")]
    [InlineData("rec 1 250 10\ngone.dat 16 100 16 0 0 0 0 a", "signal 0")]
    [InlineData("rec 2 250 10\nrec.dat 16 100 16 0 0 0 0 a", "record line")]
    [InlineData("rec 1 fast 10\nrec.dat 16 100 16 0 0 0 0 a", "record line")]
    [InlineData("rec 0 250 10", "record line")]
    [InlineData("# nothing", "record line")]
    [InlineData("rec 2 250 10\nrec.dat 16 1 16 0 0 0 0 a\nrec.dat 212 1 16 0 0 0 0 b", "signal 1")]
    [InlineData("rec/2 1 250 10\ngone 5\n~ 5", "segment 0")]
    [InlineData("rec 1 99999999.999999999 1\nrec.dat 80x97 1 8 0 0 0 0 a", "record line")]
    [InlineData("rec 1 0.999999999999999 1\nrec.dat 80x9999 1 8 0 0 0 0 a", "record line")]
    public async Task What_cannot_be_known_is_refused_by_its_field(string header, string field)
    {
        var files = new FilesInMemory(("rec.hea", Encoding.ASCII.GetBytes(header)), ("rec.dat", new byte[10_000]));

        Assert.Equal(field, (await files.RefusedAsync()).Field);
    }

    [Theory]
    [InlineData("rec/2 1 250 7500\nlayout 0\n~ 7500")]
    [InlineData("rec/3 1 250 7500\nlayout 0\nother 5\n~ 7495")]
    [InlineData("rec/2 1 250 7500\nempty 5\n~ 7495")]
    [InlineData("rec 1 250 10\n~ 0 100 16 0 0 0 0 a")]
    [InlineData("rec 1 250 10\n~ 16 100 16 0 0 0 0 a")]
    public async Task A_record_without_a_sample_of_its_signals_is_refused(string header)
    {
        byte[] Header(string text) => Encoding.ASCII.GetBytes(text);
        var files = new FilesInMemory(
            ("rec.hea", Header(header)),
            ("layout.hea", Header("layout 1 250 0\n~ 0 100 16 0 0 0 0 a")),
            ("other.hea", Header("other 1 250 5\nrec.dat 16 100 16 0 0 0 0 b")),
            ("empty.hea", Header("empty 1 250 5\n~ 0 100 16 0 0 0 0 a")),
            ("rec.dat", new byte[10])
        );

        Assert.Equal("record line", (await files.RefusedAsync()).Field);
    }

    [Fact]
    public async Task A_signal_without_a_file_is_invalid_whatever_its_format()
    {
        const string header = "rec 2 250 3\nrec.dat 16 100 16 0 0 0 0 a\n~ 16 100 16 0 0 0 0 b";

        var samples = await ReadSamples.OfAsync(await Open(header, [1, 0, 2, 0, 3, 0]));

        Assert.Equal(
            [
                [1, 2, 3],
                [-32768, -32768, -32768],
            ],
            samples.Channels
        );
    }

    [Fact]
    public async Task A_file_cut_short_keeps_its_whole_frames()
    {
        var files = WfdbFixture.Make(212, WfdbFixture.Values(2, 100, 1000, false));
        files[1].Content = files[1].Content[..^4];

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(98, (await ReadSamples.OfAsync(reader)).Channels[0].Length);
        Assert.Contains(reader.Recording.Warnings, w => w.Kind == RecordingWarningKind.RecordsMissing);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error()
    {
        byte[] annotations = [.. Word(1, 10), .. Word(59, 0), 1, 0, 0, 0, .. Word(63, 3), .. "(VT\0"u8, 0, 0];
        var packed = WfdbFixture.Make(212, WfdbFixture.Values(3, 200, 2047, false));
        await FormatFuzz.RunAsync([.. packed, ("rec.atr", annotations)]);
        int read = await FormatFuzz.RunAsync(WfdbFixture.Segments(secondGain: 100));

        Assert.InRange(read, 1, FormatFuzz.Cases - 1);
    }

    private static byte[] Word(int code, int value) => BitConverter.GetBytes((ushort)((code << 10) | value));

    private static double[] Ramp(int first, int step, int count) =>
        [.. Enumerable.Range(0, count).Select(i => (double)(first + (i * step)))];

    private static Task<RecordingReader> Open(string header, byte[] data) =>
        new FilesInMemory(("rec.hea", Encoding.ASCII.GetBytes(header)), ("rec.dat", data)).OpenAsync();
}
