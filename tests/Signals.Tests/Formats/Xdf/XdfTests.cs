using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.Xdf;

public sealed class XdfTests
{
    [Theory]
    [InlineData("int8", SampleType.Int16)]
    [InlineData("int16", SampleType.Int16)]
    [InlineData("int32", SampleType.Int32)]
    [InlineData("int64", SampleType.Int32)]
    [InlineData("float32", SampleType.Float32)]
    [InlineData("double64", SampleType.Float64)]
    public async Task Every_type_of_value_keeps_its_values_from_any_sample_on(string format, SampleType type)
    {
        // More than one piece of samples, in chunks of 100.
        const int count = 50_000;
        var writer = new XdfWriter().Header(7, "amp", format, 2, 1000);
        for (int first = 0; first < count; first += 100)
        {
            var samples = Enumerable
                .Range(first, 100)
                .Select(i => ((double?)(i % 100 == 0 ? 5 + (i / 1000.0) : null), Values(format, i)));
            writer.Samples(7, [.. samples]);
        }
        var reader = await Open(writer.Footer(7, count));

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 33_333);

        Assert.Empty(reader.Recording.Warnings);
        Assert.All(reader.Recording.Streams[0].Channels, channel => Assert.Equal(type, channel.SampleType));
        Assert.Equal(Enumerable.Range(0, count).Select(i => (double)((i % 200) - 100)), all.Channels[0]);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (double)(i % 7)), all.Channels[1]);
        Assert.Equal(all.Channels.Select(channel => channel[33_333..]), rest.Channels);
        Assert.Equal(new RecordedAnchor(49_900, 49.9m) { DeviceSeconds = 54.9 }, all.Anchors[^2]);
    }

    [Theory]
    [InlineData(1L << 40, 1)]
    [InlineData((1L << 62) + 12_345_678_901, 2)]
    [InlineData(-(1L << 62) - 98_765_432_109, 2)]
    public async Task Integers_of_64_bits_lose_none_of_them(long value, int storedChannels)
    {
        var reader = await Open(
            new XdfWriter()
                .Header(1, "ns", "int64", 1, 0)
                .Samples(1, (1.0, BitConverter.GetBytes(value)), (2.5, BitConverter.GetBytes(-3L)))
                .Footer(1, 2)
        );
        var channels = reader.Recording.Streams[0].Channels;

        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal(storedChannels, channels.Count);
        Int128 Physical(int sample) =>
            channels
                .Zip(samples.Channels)
                .Aggregate(
                    (Int128)0,
                    (sum, c) => sum + ((Int128)c.Second[sample] * (Int128)c.First.Scale) + (Int128)c.First.Offset
                );
        Assert.Equal(value, Physical(0));
        Assert.Equal(-3, Physical(1));
    }

    [Fact]
    public async Task An_irregular_stream_has_an_anchor_for_each_sample_with_both_clocks()
    {
        var reader = await Open(
            new XdfWriter()
                .Header(1, "gaze", "int16", 1, 0)
                .ClockOffset(1, 100, 0.25)
                .Samples(1, (100, [1, 0]), (100.5, [2, 0]), (107, [3, 0]))
                .ClockOffset(1, 110, 0.25)
                .Footer(1, 3)
        );

        var samples = await ReadSamples.OfAsync(reader);

        Assert.True(reader.Recording.Streams[0].Rate.IsIrregular);
        Assert.Equal([0m, 0.5m, 7m], samples.Anchors.Select(anchor => anchor.Seconds));
        Assert.Equal([100.0, 100.5, 107], samples.Anchors.Select(anchor => anchor.DeviceSeconds!.Value));
        Assert.All(samples.Anchors, anchor => Assert.Equal(-0.25, anchor.ClockOffsetSeconds));
        Assert.Equal("2026-03-14T09:26:53.0000000+01:00", $"{reader.Recording.StartTime:O}");
    }

    [Fact]
    public async Task Clocks_that_drift_are_brought_onto_one_time_and_outliers_do_not_bend_it()
    {
        // The device runs 100 ppm fast; one measurement of forty was delayed by 50 ms.
        var writer = new XdfWriter().Header(1, "a", "int16", 1, 10).Header(2, "b", "int16", 1, 10);
        for (int i = 0; i < 40; i++)
        {
            double device = 1000 + (i * 5);
            double value = -900 - (1e-4 * (device - 1000)) + (i == 20 ? 0.05 : 0);
            writer.ClockOffset(1, device, value).ClockOffset(2, 100 + (i * 5), 0);
        }
        writer.Samples(1, (1000, [1, 0]), (1200.02, [2, 0])).Samples(2, (100, [1, 0]), (300, [2, 0]));
        var reader = await Open(writer.Footer(1, 2).Footer(2, 2));

        var fast = (await ReadSamples.OfAsync(reader, 0)).Anchors;
        var right = (await ReadSamples.OfAsync(reader, 1)).Anchors;

        Assert.Equal(right[0].Seconds, fast[0].Seconds, 4);
        Assert.InRange(Math.Abs(right[1].Seconds - fast[1].Seconds), 0, 0.0002m);
        Assert.Equal(1200.02, fast[1].DeviceSeconds);
    }

    [Fact]
    public async Task Markers_become_annotations_of_their_own_stream_in_the_recording_s_time()
    {
        byte[] two = [.. XdfWriter.Text("left"), .. XdfWriter.Text("go")];
        byte[] one = [.. XdfWriter.Text(""), .. XdfWriter.Text("刺激")];
        var reader = await Open(
            new XdfWriter()
                .Header(1, "amp", "float32", 1, 100)
                .Header(2, "events", "string", 2, 0)
                .Samples(1, (50, BitConverter.GetBytes(1f)))
                .Samples(2, (50.25, two), (53, one))
                .ClockOffset(2, 50, 1)
                .Footer(1, 1)
                .Footer(2, 2)
        );
        var markers = reader.Recording.Streams[1];

        Assert.Empty(markers.Channels);
        Assert.Equal(0, markers.SampleCount);
        Assert.Equal(["left", "go", "刺激"], markers.Annotations.Select(marker => marker.Text));
        Assert.Equal([1.25m, 1.25m, 4m], markers.Annotations.Select(marker => marker.OnsetSeconds));
        Assert.Equal(53, (double)markers.Annotations[2].Metadata!["deviceSeconds"]!);
        Assert.Equal(-1, (double)markers.Annotations[2].Metadata!["clockOffsetSeconds"]!);
    }

    [Fact]
    public async Task Lost_samples_of_a_regular_stream_lie_between_two_anchors()
    {
        byte[] value = [1, 0];
        var reader = await Open(
            new XdfWriter()
                .Header(1, "amp", "int16", 1, 10)
                .Samples(1, (0, value), (null, value), (null, value))
                .Samples(1, (2.0, value), (null, value))
                .Footer(1, 5)
        );

        var anchors = (await ReadSamples.OfAsync(reader)).Anchors;

        Assert.Equal([0, 2, 3, 4], anchors.Select(anchor => anchor.Sample));
        Assert.Equal([0m, 0.2m, 2m, 2.1m], anchors.Select(anchor => anchor.Seconds));
    }

    /// <summary>Three samples reach from 0 to 0.2, and the next chunk says 0.15: it was sent early.</summary>
    [Fact]
    public async Task A_chunk_that_comes_early_takes_no_instant_back()
    {
        byte[] value = [1, 0];
        var reader = await Open(
            new XdfWriter()
                .Header(1, "amp", "int16", 1, 10)
                .Samples(1, (0, value), (null, value), (null, value))
                .Samples(1, (0.15, value), (null, value), (null, value))
                .Samples(1, (0.8, value), (null, value))
                .Footer(1, 8)
        );

        var anchors = (await ReadSamples.OfAsync(reader)).Anchors;

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal([0, 3, 5, 6, 7], anchors.Select(anchor => anchor.Sample));
        Assert.Equal([0m, 0.15m, 0.35m, 0.8m, 0.9m], anchors.Select(anchor => anchor.Seconds));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Where_time_stamps_go_back_instants_stand_still_and_the_device_s_readings_are_kept(double rate)
    {
        byte[] value = [1, 0];
        var reader = await Open(
            new XdfWriter()
                .Header(1, "amp", "int16", 1, rate)
                .Samples(1, (5, value), (5.5, value), (5.25, value), (5.4, value), (6.5, value), (6.4, value))
                .Footer(1, 6)
        );

        var anchors = (await ReadSamples.OfAsync(reader)).Anchors;

        Assert.Equal([0m, 0.5m, 0.5m, 0.5m, 1.5m, 1.5m], anchors.Select(anchor => anchor.Seconds));
        Assert.Equal([5, 5.5, 5.25, 5.4, 6.5, 6.4], anchors.Select(anchor => anchor.DeviceSeconds!.Value));
        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal((RecordingWarningKind.TimeGoesBack, "stream 1: time stamps"), (warning.Kind, warning.Field));
        Assert.StartsWith("2 ", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Channels_have_the_labels_and_units_of_the_description_and_duplicates_a_number()
    {
        const string desc =
            "<channels><channel><label>C3</label><unit>microvolts</unit><type>EEG</type></channel>"
            + "<channel><label>C3</label><unit>uV</unit></channel></channels>";
        var reader = await Open(new XdfWriter(datetime: null).Header(1, "amp", "int16", 3, 99.9876, desc).Footer(1, 0));
        var stream = Assert.Single(reader.Recording.Streams);

        Assert.Equal(["C3", "C3 (2)", "ch3"], stream.Channels.Select(channel => channel.Label));
        Assert.Equal(["microvolts", "uV", ""], stream.Channels.Select(channel => channel.Unit));
        Assert.Equal(99.9876m, stream.Rate.Hz);
        Assert.Equal(0, stream.SampleCount);
        Assert.Null(reader.Recording.StartTime);
    }

    [Fact]
    public async Task A_file_that_ends_inside_its_last_chunk_keeps_what_is_whole()
    {
        byte[] value = [1, 0];
        var writer = new XdfWriter()
            .Header(1, "amp", "int16", 1, 10)
            .Samples(1, (0, value), (null, value), (null, value));

        var reader = await new FilesInMemory(("a.xdf", writer.File[..^1])).OpenAsync();

        Assert.Equal(2, (await ReadSamples.OfAsync(reader)).Channels[0].Length);
        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
    }

    [Fact]
    public async Task A_file_cut_anywhere_in_its_last_chunk_keeps_the_samples_before()
    {
        byte[] whole = new XdfWriter().Header(1, "amp", "int16", 1, 10).Samples(1, (0, [1, 0]), (null, [2, 0])).File;
        byte[] more = new XdfWriter()
            .Header(1, "amp", "int16", 1, 10)
            .Samples(1, (0, [1, 0]), (null, [2, 0]))
            .Samples(1, (0.2, [3, 0]), (null, [4, 0]))
            .File;
        for (int length = whole.Length; length < more.Length; length++)
        {
            var reader = await new FilesInMemory(("a.xdf", more[..length])).OpenAsync();

            double[] samples = (await ReadSamples.OfAsync(reader)).Channels[0];

            Assert.Equal(new double[] { 1, 2, 3, 4 }[..samples.Length], samples);
            Assert.InRange(samples.Length, 2, 3);
            Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3_000_000)]
    public async Task Zeros_at_the_end_are_what_was_never_written(int count)
    {
        byte[] whole = new XdfWriter().Header(1, "amp", "int16", 1, 10).Samples(1, (0, [1, 0]), (null, [2, 0])).File;

        var reader = await new FilesInMemory(("a.xdf", [.. whole, .. new byte[count]])).OpenAsync();

        double[] samples = (await ReadSamples.OfAsync(reader)).Channels[0];
        Assert.Equal([1, 2], samples);
        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
        var damaged = new FilesInMemory(("a.xdf", [.. whole, .. new byte[count], 7]));
        Assert.Equal("chunk length", (await damaged.RefusedAsync()).Field);
    }

    [Fact]
    public async Task Unknown_chunks_and_chunks_of_unknown_streams_are_left_out_with_a_warning()
    {
        var reader = await Open(
            new XdfWriter()
                .Chunk(42, [1, 2, 3], width: 8)
                .Chunk(5, [0x43, 0xA5], width: 1)
                .Header(1, "amp", "int16", 1, 10)
                .Samples(9, (0, [1, 0]))
                .Samples(1, (0, [5, 0]))
                .Footer(1, 1)
        );

        Assert.Equal(2, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.UnknownPart));
        Assert.Equal(5, Assert.Single((await ReadSamples.OfAsync(reader)).Channels[0]));
    }

    [Fact]
    public async Task A_footer_that_counts_other_samples_is_said()
    {
        var reader = await Open(new XdfWriter().Header(1, "amp", "int16", 1, 10).Samples(1, (0, [5, 0])).Footer(1, 9));

        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal(RecordingWarningKind.FieldsDisagree, warning.Kind);
    }

    [Theory]
    [InlineData("int16", 3, "10", "stream 1: samples")]
    [InlineData("int12", 1, "10", "stream 1: channel_format")]
    [InlineData("int16", 0, "10", "stream 1: channel_count")]
    public async Task What_cannot_be_known_is_refused_by_its_field(
        string format,
        int channels,
        string rate,
        string field
    )
    {
        // Two channels are written, whatever the header says.
        var writer = new XdfWriter()
            .Header(1, "amp", format, channels, double.Parse(rate))
            .Samples(1, (0, [1, 0, 2, 0]), (1, [1, 0, 2, 0]))
            .Chunk(5, new byte[100]);

        var error = await new FilesInMemory(("a.xdf", writer.File)).RefusedAsync();

        Assert.Contains(field.Split(':')[0], error.Field, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e308, 1)]
    [InlineData(1, 1e308)]
    public async Task A_measurement_of_a_clock_that_no_clock_shows_is_left_out(double seconds, double value)
    {
        var reader = await Open(
            new XdfWriter()
                .Header(1, "amp", "int16", 1, 10)
                .Samples(1, (5, [1, 0]), (null, [2, 0]))
                .ClockOffset(1, seconds, value)
                .ClockOffset(1, seconds, value)
                .ClockOffset(1, 5, 0.5)
                .Footer(1, 2)
        );

        Assert.Equal([new(0, 0), new(1, 0.1m)], Seconds(await ReadSamples.OfAsync(reader)));
        Assert.Equal(2, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.FieldIgnored));
    }

    [Fact]
    public async Task A_time_stamp_that_no_clock_shows_is_refused()
    {
        var writer = new XdfWriter().Header(1, "amp", "int16", 1, 10).Samples(1, (-1e300, [1, 0]), (1e300, [2, 0]));

        var error = await new FilesInMemory(("a.xdf", writer.File)).RefusedAsync();

        Assert.Equal("stream 1: time stamp", error.Field);
    }

    [Fact]
    public async Task A_document_type_in_a_header_is_refused()
    {
        byte[] xml = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><info><name>&b;</name></info>"u8.ToArray();

        var error = await new FilesInMemory(
            ("a.xdf", new XdfWriter().Chunk(2, [1, 0, 0, 0, .. xml]).File)
        ).RefusedAsync();

        Assert.Equal("stream 1: header", error.Field);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error()
    {
        var writer = new XdfWriter()
            .Header(1, "amp", "int16", 2, 10)
            .Header(2, "events", "string", 1, 0)
            .Header(3, "wide", "int64", 1, 0);
        for (int i = 0; i < 20; i++)
        {
            writer
                .Samples(1, (i, [1, 0, 2, 0]), (null, [1, 0, 2, 0]))
                .Samples(2, (i, XdfWriter.Text($"marker {i}")))
                .Samples(3, (i, BitConverter.GetBytes(1L << i)))
                .ClockOffset(1, i, 0.5)
                .ClockOffset(2, i, -3);
        }

        Assert.InRange(await FormatFuzz.RunAsync(("a.xdf", writer.File)), 1, FormatFuzz.Cases - 1);
    }

    private static IEnumerable<RecordedAnchor> Seconds(ReadSamples samples) =>
        samples.Anchors.Select(anchor => new RecordedAnchor(anchor.Sample, anchor.Seconds));

    private static Task<RecordingReader> Open(XdfWriter writer) =>
        new FilesInMemory(("a.xdf", writer.File)).OpenAsync();

    private static byte[] Values(string format, int i)
    {
        var (first, second) = ((i % 200) - 100, i % 7);
        return format switch
        {
            "int8" => [(byte)(sbyte)first, (byte)second],
            "int16" => [.. BitConverter.GetBytes((short)first), .. BitConverter.GetBytes((short)second)],
            "int32" => [.. BitConverter.GetBytes(first), .. BitConverter.GetBytes(second)],
            "int64" => [.. BitConverter.GetBytes((long)first), .. BitConverter.GetBytes((long)second)],
            "float32" => [.. BitConverter.GetBytes((float)first), .. BitConverter.GetBytes((float)second)],
            _ => [.. BitConverter.GetBytes((double)first), .. BitConverter.GetBytes((double)second)],
        };
    }
}
