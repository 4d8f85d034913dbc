using System.Text;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using static Dendrite.Signals.Tests.Formats.BrainVision.BrainVisionFixture;

namespace Dendrite.Signals.Tests.Formats.BrainVision;

public sealed class BrainVisionTests
{
    [Theory]
    [InlineData("INT_16", false, SampleType.Int16)]
    [InlineData("INT_16", true, SampleType.Int16)]
    [InlineData("UINT_16", false, SampleType.Int32)]
    [InlineData("INT_32", true, SampleType.Int32)]
    [InlineData("IEEE_FLOAT_32", false, SampleType.Float32)]
    [InlineData("IEEE_FLOAT_32", true, SampleType.Float32)]
    [InlineData("ASCII", false, SampleType.Float64)]
    [InlineData("ASCII", true, SampleType.Float64)]
    public async Task Every_layout_gives_the_same_samples_from_any_of_them_on(
        string format,
        bool vectorized,
        SampleType type
    )
    {
        var reader = await new FilesInMemory(Make(format, vectorized)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 4321);

        Assert.All(reader.Recording.Streams[0].Channels, channel => Assert.Equal(type, channel.SampleType));
        for (int channel = 0; channel < Channels; channel++)
        {
            var expected = Enumerable.Range(0, Samples).Select(i => Stored(format, Value(channel, i)));
            Assert.Equal(expected, all.Channels[channel]);
            Assert.Equal(all.Channels[channel][4321..], rest.Channels[channel]);
        }
    }

    [Fact]
    public async Task The_header_and_the_markers_become_channels_annotations_and_metadata()
    {
        var reader = await new FilesInMemory(Make()).OpenAsync();
        var (recording, stream) = (reader.Recording, reader.Recording.Streams[0]);

        Assert.Equal("BrainVision 1.0", recording.Format);
        Assert.Equal(["night.vhdr", "night.eeg", "night.vmrk"], reader.Files);
        Assert.Equal(new RecordedRate(500, 1), stream.Rate);
        Assert.Equal(["Fp1", "left, upper", "Resp"], stream.Channels.Select(channel => channel.Label));
        Assert.Equal(["µV", "mV", "µV"], stream.Channels.Select(channel => channel.Unit));
        Assert.Equal([0.5, 1, 2.5], stream.Channels.Select(channel => channel.Scale));
        Assert.Equal("A1", stream.Channels[1].Labels["reference"]);
        Assert.Equal(new DateTimeOffset(2024, 2, 29, 23, 59, 58, 250, TimeSpan.Zero), recording.StartTime);
        Assert.Equal(["New Segment", "S  1", "eyes, closed"], stream.Annotations.Select(marker => marker.Text));
        Assert.Equal(["New Segment", "Stimulus", "Comment"], stream.Annotations.Select(marker => marker.Category));
        Assert.Equal([0L, 10, 500], stream.Annotations.Select(marker => marker.StartSample));
        Assert.Equal([0m, 0m, 0.5m], stream.Annotations.Select(marker => marker.DurationSeconds));
        Assert.Equal(["left, upper"], stream.Annotations[2].Channels);
        Assert.Equal("Impedances: [all] = below 5 kOhm", (string?)recording.Metadata["comment"]);
        var warning = Assert.Single(recording.Warnings);
        Assert.Equal(
            (RecordingWarningKind.LineMalformed, "night.vmrk", "Mk4"),
            (warning.Kind, warning.File, warning.Field)
        );
    }

    [Fact]
    public async Task A_later_segment_with_a_date_is_a_pause_between_two_anchors()
    {
        const string markers = """
            Brain Vision Data Exchange Marker File, Version 2.0
            [Marker Infos]
            Mk1=New Segment,,1,1,0,20240101120000000000
            Mk2=New Segment,,1001,1,0,20240101120100500000
            Mk3=New Segment,,2001,1,0,20240101120000000000
            """;
        var reader = await new FilesInMemory(Make(markers: markers)).OpenAsync();

        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal([new(999, 1.998m), new(1000, 60.5m)], samples.Anchors);
        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal((RecordingWarningKind.FieldsDisagree, "Mk3"), (warning.Kind, warning.Field));
    }

    [Fact]
    public async Task A_unit_that_is_the_number_1_is_no_part_of_a_resolution_with_a_point()
    {
        var files = Make(header: text => text.Replace("0.5,µV", "0.5,1", StringComparison.Ordinal));

        var channel = (await new FilesInMemory(files).OpenAsync()).Recording.Streams[0].Channels[0];

        Assert.Equal((0.5, "1"), (channel.Scale, channel.Unit));
    }

    [Fact]
    public async Task A_first_segment_at_position_0_says_when_the_recording_began()
    {
        const string markers = """
            Brain Vision Data Exchange Marker File, Version 2.0
            [Marker Infos]
            Mk1=New Segment,,0,1,0,20240101120000000000
            """;

        var recording = (await new FilesInMemory(Make(markers: markers)).OpenAsync()).Recording;

        Assert.Equal("2024-01-01T12:00:00.0000000+00:00", $"{recording.StartTime:O}");
        Assert.Contains(recording.Warnings, w => (w.Kind, w.Field) == (RecordingWarningKind.FieldIgnored, "Mk1"));
    }

    [Theory]
    [InlineData("20240101120000", 0)]
    [InlineData("20240101120000250", 250)]
    public async Task A_first_segment_dated_to_the_second_says_when_the_recording_began(string date, int milliseconds)
    {
        string markers = $"Brain Vision Data Exchange Marker File\n[Marker Infos]\nMk1=New Segment,,1,1,0,{date}";

        var recording = (await new FilesInMemory(Make(markers: markers)).OpenAsync()).Recording;

        Assert.Equal(new DateTimeOffset(2024, 1, 1, 12, 0, 0, milliseconds, TimeSpan.Zero), recording.StartTime);
    }

    [Fact]
    public async Task Text_of_a_german_recorder_keeps_its_dashes_and_micro_signs()
    {
        var files = Make(header: text => text.Replace("Codepage=UTF-8\n", "").Replace("Fp1", "EOG - links"));
        string text = Encoding.UTF8.GetString(files[0].Content);
        files[0].Content = Encoding.Latin1.GetBytes(text.Replace(" - ", " \u0096 "));

        var channel = (await new FilesInMemory(files).OpenAsync()).Recording.Streams[0].Channels[0];

        Assert.Equal(("EOG – links", "µV"), (channel.Label, channel.Unit));
    }

    [Theory]
    [InlineData("DataFile=night.eeg", "DataFile=gone.eeg", "DataFile")]
    [InlineData("DataFile=night.eeg", "DataFile=", "DataFile")]
    [InlineData("DataOrientation=MULTIPLEXED", "DataOrientation=DIAGONAL", "DataOrientation")]
    [InlineData("NumberOfChannels=3", "NumberOfChannels=three", "NumberOfChannels")]
    [InlineData("NumberOfChannels=3", "NumberOfChannels=0", "NumberOfChannels")]
    [InlineData("SamplingInterval=2000", "SamplingInterval=0", "SamplingInterval")]
    [InlineData("SamplingInterval=2000", "SamplingInterval=2,5", "SamplingInterval")]
    [InlineData("BinaryFormat=INT_16", "BinaryFormat=INT_12", "BinaryFormat")]
    [InlineData("DataFormat=BINARY", "DataFormat=GZIP", "DataFormat")]
    [InlineData("BinaryFormat=INT_16", "BinaryFormat=INT_16\nDataOffset=-1", "DataOffset")]
    [InlineData("BinaryFormat=INT_16", "BinaryFormat=INT_16\nDataOffset=30000", "data")]
    [InlineData("BinaryFormat=INT_16", "BinaryFormat=INT_16\nTrailerSize=99999999999", "data")]
    [InlineData("BinaryFormat=INT_16", "BinaryFormat=INT_16\nSegmentHeaderSize=12", "SegmentHeaderSize")]
    [InlineData(
        "MULTIPLEXED\nNumberOfChannels=3\nSamplingInterval=2000\n\n[Binary Infos]",
        "VECTORIZED\nNumberOfChannels=3\nSamplingInterval=2000\n\n[Binary Infos]\nChannelOffset=12",
        "ChannelOffset"
    )]
    [InlineData("Codepage=UTF-8", "DataType=FREQUENCYDOMAIN", "DataType")]
    [InlineData("Ch1=Fp1,,0.5,µV", "Ch1=Fp1,,half,µV", "Ch1")]
    [InlineData("Ch1=Fp1,,0.5,µV", "Ch1=Fp1,,0,5,µV", "Ch1")]
    [InlineData("Ch1=Fp1,,0.5,µV", "Ch1=Fp1,,1,5,µV", "Ch1")]
    [InlineData("Ch3=Resp,,2.5", "Ch3=Resp,,2,5e-3", "Ch3")]
    [InlineData("DataOrientation=MULTIPLEXED", "DataOrientation=VECTORIZED\nDataPoints=4999", "data")]
    public async Task What_cannot_be_known_is_refused_by_its_field(string old, string changed, string field)
    {
        var files = Make(header: text => text.Replace(old, changed, StringComparison.Ordinal));

        var error = await new FilesInMemory(files).RefusedAsync();

        Assert.Equal(field, error.Field);
    }

    [Theory]
    [InlineData("MarkerFile=night.vmrk", "MarkerFile=gone.vmrk", RecordingWarningKind.CompanionMissing)]
    [InlineData("SamplingInterval=2000", "SamplingInterval=2000\nDataPoints=6000", RecordingWarningKind.RecordsMissing)]
    [InlineData("Ch1=Fp1,,0.5,µV", "Ch1=Fp1,,0,µV", RecordingWarningKind.Uncalibrated)]
    [InlineData("Ch1=Fp1,,0.5,µV", "Ch1=Resp,,1,µV", RecordingWarningKind.LabelDuplicate)]
    [InlineData("Ch3=Resp,,2.5", "", RecordingWarningKind.LineMalformed)]
    [InlineData("; made by a test", "noise", RecordingWarningKind.LineMalformed)]
    public async Task What_is_plain_all_the_same_is_read_with_a_warning(
        string old,
        string changed,
        RecordingWarningKind kind
    )
    {
        var files = Make(header: text => text.Replace(old, changed, StringComparison.Ordinal));

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == kind);
        Assert.Equal(Samples, reader.Recording.Streams[0].SampleCount);
    }

    [Fact]
    public async Task A_data_file_cut_short_keeps_its_whole_samples()
    {
        var files = Make();
        files[1].Content = files[1].Content[..^4];

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(Samples - 1, (await ReadSamples.OfAsync(reader)).Channels[0].Length);
        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_stands_before_and_behind_the_samples_is_passed_over(bool vectorized)
    {
        var files = Make(
            vectorized: vectorized,
            header: text =>
                text.Replace(
                    "BinaryFormat=INT_16",
                    "BinaryFormat=INT_16\nDataOffset=65\nTrailerSize=30\nChannelOffset=0"
                )
        );
        files[1].Content = [.. new byte[65], .. files[1].Content, .. new byte[30]];

        var reader = await new FilesInMemory(files).OpenAsync();
        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal(Enumerable.Range(0, Samples).Select(i => Value(2, i)), samples.Channels[2]);
        Assert.Equal(samples.Channels[1][4321..], (await ReadSamples.OfAsync(reader, first: 4321)).Channels[1]);
        Assert.DoesNotContain(reader.Recording.Warnings, warning => warning.File != "night.vmrk");
    }

    [Fact]
    public async Task Text_of_very_many_channels_comes_in_pieces_that_memory_holds()
    {
        const int channels = 65_536;
        var files = Make("ASCII", header: text => text.Replace("Channels=3", $"Channels={channels}"));
        string line = string.Join(' ', Enumerable.Range(0, channels));
        files[1].Content = Encoding.ASCII.GetBytes($"names\n{line}\n{line}\n");

        var reader = await new FilesInMemory(files).OpenAsync();
        var pieces = reader.ReadAsync(0, 0, TestContext.Current.CancellationToken);

        await foreach (var piece in pieces)
        {
            Assert.Equal(2, piece.SampleCount);
            Assert.Equal(channels - 1, BitConverter.ToDouble(piece.Groups[0].Span[^sizeof(double)..]));
        }
    }

    [Fact]
    public async Task Big_endian_samples_are_turned_around()
    {
        var files = Make(header: text => text + "\n")
            .Select((file, i) => i == 1 ? (file.Name, Turned(file.Content)) : file);
        var turned = files.ToArray();
        turned[0].Item2 = Make(header: text =>
            text.Replace("BinaryFormat=INT_16", "BinaryFormat=INT_16\nUseBigEndianOrder=YES")
        )[0].Content;

        var samples = await ReadSamples.OfAsync(await new FilesInMemory(turned).OpenAsync());

        Assert.Equal(Enumerable.Range(0, Samples).Select(i => Value(2, i)), samples.Channels[2]);
    }

    [Theory]
    [InlineData("INT_16", false)]
    [InlineData("ASCII", true)]
    [InlineData("ASCII", false)]
    public async Task Any_damage_gives_a_recording_or_a_typed_error(string format, bool vectorized) =>
        Assert.InRange(await FormatFuzz.RunAsync(Make(format, vectorized)), 1, FormatFuzz.Cases - 1);

    private static byte[] Turned(byte[] samples) => [.. samples.Chunk(2).SelectMany(pair => pair.Reverse())];

    private static double Stored(string format, double value) =>
        format switch
        {
            "INT_16" => value,
            "UINT_16" => value + 40_000,
            "INT_32" => value * 100_000,
            "ASCII" => value / 4,
            _ => (float)(value / 3),
        };
}
