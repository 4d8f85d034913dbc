using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.OpenEphys;

public sealed class OpenEphysTests
{
    private const int RecordSamples = 4;

    [Fact]
    public async Task The_real_recording_has_the_channels_that_are_there_and_names_the_others()
    {
        var reader = await SharedFiles.OpenAsync("ephys/openephys/structure.openephys");
        var stream = Assert.Single(reader.Recording.Streams);
        var samples = await ReadSamples.OfAsync(reader);
        string json = SharedData.Require("ephys/openephys/openephys_ch1-4_int16le.json");
        var facts = JsonDocument
            .Parse(await File.ReadAllTextAsync(json, TestContext.Current.CancellationToken))
            .RootElement.GetProperty("per_channel");

        Assert.Equal(["CH1", "CH2"], stream.Channels.Select(channel => channel.Label));
        Assert.Equal((40_000m, 133_120, 0), (stream.Rate.Hz, stream.SampleCount, stream.MissingSampleCount));
        Assert.All(stream.Channels, channel => Assert.Equal(0.05, channel.Scale, 1e-8));
        Assert.Equal(14, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.CompanionMissing));
        foreach (var (fact, stored) in facts.EnumerateArray().Zip(samples.Channels))
        {
            Assert.Equal(fact.GetProperty("sum").GetDouble(), stored.Sum());
            Assert.Equal(fact.GetProperty("min").GetDouble(), stored.Min());
            Assert.Equal(fact.GetProperty("max").GetDouble(), stored.Max());
            Assert.Equal(fact.GetProperty("first5").EnumerateArray().Select(v => v.GetDouble()), stored.Take(5));
        }
        Assert.Equal("2025-04-03T11:38:45.0310000+00:00", $"{reader.Recording.StartTime:O}");
        // 128 changes of lines in 2,048 bytes, and 15 messages that are no clock; the first is of sample 251,635.
        Assert.Equal(128, stream.Annotations.Count(annotation => annotation.Category == "ttl"));
        Assert.Equal(15, stream.Annotations.Count(annotation => annotation.Category == "message"));
        Assert.Contains(stream.Annotations, a => a is { Text: "TTL 1 on", StartSample: 0 });
        Assert.Contains(stream.Annotations, a => a is { Text: "TTL Line=3 State=0", StartSample: 252_488 - 251_635 });
    }

    [Fact]
    public async Task A_file_of_one_channel_is_a_recording_too()
    {
        var reader = await SharedFiles.OpenAsync("ephys/openephys/100_example-data_CH2.continuous");

        Assert.Equal("CH2", Assert.Single(reader.Recording.Streams[0].Channels).Label);
        Assert.Equal(5_733_167, (await ReadSamples.OfAsync(reader)).Channels[0].Sum());
    }

    [Fact]
    public async Task Records_that_do_not_follow_each_other_leave_a_gap()
    {
        byte[] file = [.. Header(), .. Record(100, 0), .. Record(104, 0), .. Record(120, 0)];
        var reader = await new FilesInMemory(("a.continuous", file)).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 6);

        Assert.Equal((8, 12), Assert.Single(all.Gaps.Select(gap => (gap.FirstSample, gap.SampleCount))));
        double[] expected = [.. Ramp(100, 8), .. Enumerable.Repeat(double.NaN, 12), .. Ramp(120, 4)];
        Assert.Equal(expected, all.Channels[0]);
        Assert.Equal(expected[6..], rest.Channels[0]);
    }

    [Fact]
    public async Task Recordings_of_one_file_are_streams_of_their_own()
    {
        var reader = await TwoRecordings().OpenAsync();

        Assert.Equal([4, 8], reader.Recording.Streams.Select(stream => stream.SampleCount));
        Assert.Equal([0m, 0.4m], reader.Recording.Streams.Select(stream => stream.OnsetSeconds));
        Assert.Equal([Ramp(500, 8)], (await ReadSamples.OfAsync(reader, 1)).Channels);
    }

    [Fact]
    public async Task Recordings_of_one_file_count_from_the_time_of_the_first()
    {
        const string messages = """
            1743680325000, Software Time (milliseconds since midnight Jan 1st 1970 UTC)
            100, Start Time for probe (100) - probe @ 1000 Hz
            1743684525000, Software Time (milliseconds since midnight Jan 1st 1970 UTC)
            4200100, Start Time for probe (100) - probe @ 1000 Hz
            """;
        var recording = (await TwoRecordings(second: 4_200_100, messages).OpenAsync()).Recording;

        var starts = recording.Streams.Select(stream =>
            recording.StartTime!.Value.AddSeconds((double)stream.OnsetSeconds)
        );
        Assert.Equal([1_743_680_325, 1_743_684_525], starts.Select(start => start.ToUnixTimeSeconds()));
    }

    [Fact]
    public async Task Streams_of_other_rates_count_from_the_same_beginning()
    {
        const string structure = """
            <EXPERIMENT><RECORDING number="1"><STREAM name="fast" sample_rate="1000.0">
            <CHANNEL name="CH1" filename="fast.continuous"/></STREAM><STREAM name="slow" sample_rate="250.0">
            <CHANNEL name="CH1" filename="slow.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """;
        var files = new FilesInMemory(
            ("structure.openephys", Encoding.UTF8.GetBytes(structure)),
            ("fast.continuous", [.. Header(), .. Record(60_000, 0)]),
            ("slow.continuous", [.. Header(), .. Record(15_001, 0)])
        );

        var streams = (await files.OpenAsync()).Recording.Streams;

        Assert.Equal([0, 0.004m], streams.Select(stream => stream.OnsetSeconds));
    }

    [Fact]
    public async Task A_message_goes_to_the_recording_in_which_it_was_written()
    {
        const string messages = "90, before\n102, first\n300, between\n500, second\n507, last\n";
        var recording = (await TwoRecordings(messages: messages).OpenAsync()).Recording;

        var notes = recording.Streams.Select(stream => stream.Annotations.Select(a => $"{a.Text} {a.StartSample}"));
        Assert.Equal(
            [
                ["before -10", "first 2", "between 200"],
                ["second 0", "last 7"],
            ],
            notes
        );
    }

    /// <summary>As of a computer whose clock was never set.</summary>
    [Theory]
    [InlineData("03-Apr-2025 13:38:45", 2025)]
    [InlineData("01-Jan-1900 00:00:00", 1900)]
    [InlineData("01-Jan-0001 00:00:00", null)]
    [InlineData("31-Dec-2262 00:00:00", null)]
    public async Task A_date_that_no_recording_has_is_no_start(string date, int? year)
    {
        byte[] file = [.. Header($"header.date_created = '{date}';\n"), .. Record(100, 0)];

        var recording = (await new FilesInMemory(("100_CH1.continuous", file)).OpenAsync()).Recording;

        Assert.Equal(year, recording.StartTime?.Year);
    }

    [Theory]
    [InlineData("structure_2.openephys", " number=\"2\"", 2)]
    [InlineData("renamed.openephys", " number=\"2\"", 2)]
    [InlineData("Continuous_Data_2.openephys", "", 2)]
    [InlineData("Continuous_Data.openephys", "", 1)]
    [InlineData("structure.openephys", " number=\"1\"", 1)]
    [InlineData("structure_3.openephys", " number=\"3\"", 0)]
    [InlineData("100_probe_CH1_2.continuous", "", 2)]
    [InlineData("100_probe_CH1.continuous", "", 1)]
    [InlineData("a.continuous", "", 1)]
    public async Task Each_experiment_of_a_folder_has_messages_of_its_own(string main, string number, int expected)
    {
        string structure = $"""
            <EXPERIMENT{number}><RECORDING number="1"><STREAM name="probe" sample_rate="1000.0">
            <CHANNEL name="CH1" filename="100_CH1.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """;
        byte[] file = [.. Header("header.date_created = '03-Apr-2025 13:38:45';\n"), .. Record(100, 0)];
        var recording = (
            await new FilesInMemory(
                (
                    main,
                    main.EndsWith(".openephys", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes(structure) : file
                ),
                ("100_CH1.continuous", file),
                ("messages.events", "1700000001000, Software Time\n101, note 1\n"u8.ToArray()),
                ("messages_2.events", "1700000002000, Software Time\n101, note 2\n"u8.ToArray())
            ).OpenAsync()
        ).Recording;

        var notes = Assert.Single(recording.Streams).Annotations.Select(note => note.Text);
        Assert.Equal(expected == 0 ? [] : [$"note {expected}"], notes);
        // Without messages, the time is that of the header.
        Assert.Equal(
            expected == 0 ? 1_743_687_525 : 1_700_000_000 + expected,
            recording.StartTime?.ToUnixTimeSeconds()
        );
    }

    [Fact]
    public async Task Analogue_inputs_are_in_volts()
    {
        const string structure = """
            <EXPERIMENT><RECORDING number="1"><STREAM name="board" sample_rate="1000.0">
            <CHANNEL name="CH1" bitVolts="0.195" filename="100_CH1.continuous"/>
            <CHANNEL name="AUX1" bitVolts="0.0000374" filename="100_AUX1.continuous"/>
            <CHANNEL name="ADC1" filename="100_ADC1.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """;
        byte[] file = [.. Header(), .. Record(100, 0)];
        var reader = await new FilesInMemory(
            ("structure.openephys", Encoding.UTF8.GetBytes(structure)),
            ("100_CH1.continuous", file),
            ("100_AUX1.continuous", file),
            ("100_ADC1.continuous", file)
        ).OpenAsync();

        Assert.Equal(
            [("CH1", "uV", 0.195), ("AUX1", "V", 0.0000374), ("ADC1", "V", 0.195)],
            reader.Recording.Streams[0].Channels.Select(channel => (channel.Label, channel.Unit, channel.Scale))
        );
    }

    [Theory]
    [InlineData(0, "Continuous_Data.openephys", "all_channels.events", "messages.events")]
    [InlineData(1, "Continuous_Data_2.openephys", "all_channels_2.events", "messages_2.events")]
    public async Task A_list_of_before_version_0_6_names_processors_and_no_events(
        int firstNumber,
        string main,
        string events,
        string messages
    )
    {
        string structure = $"""
            <EXPERIMENT version="0.4" separatefiles="0"><RECORDING number="{firstNumber}" samplerate="1000">
            <PROCESSOR id="100"><CHANNEL name="CH1" bitVolts="0.195" filename="a.continuous"/></PROCESSOR>
            <PROCESSOR id="103"><CHANNEL name="CH1" bitVolts="0.195" filename="b.continuous"/></PROCESSOR>
            </RECORDING><RECORDING number="{firstNumber + 1}" samplerate="1000">
            <PROCESSOR id="100"><CHANNEL name="CH1" bitVolts="0.195" filename="a.continuous"/></PROCESSOR>
            </RECORDING></EXPERIMENT>
            """;
        byte[] lines = [.. Header(), .. Event(101, line: 2, on: true, 0), .. Event(502, line: 0, on: false, 1)];
        var recording = (
            await new FilesInMemory(
                (main, Encoding.UTF8.GetBytes(structure)),
                ("a.continuous", [.. Header(), .. Record(100, 0), .. Record(500, 1)]),
                ("b.continuous", [.. Header(), .. Record(100, 0)]),
                (events, lines),
                (
                    messages,
                    "90 Software time: 61@1000Hz\n100 Processor: 100 start time: 100@1000Hz\n102 seen\n"u8.ToArray()
                )
            ).OpenAsync()
        ).Recording;

        Assert.Equal(["100 1", "103 1", "100 2"], recording.Streams.Select(stream => stream.Suffix));
        Assert.Equal([0, 0, 0.4m], recording.Streams.Select(stream => stream.OnsetSeconds));
        Assert.All(recording.Streams, stream => Assert.Equal((1000m, 4), (stream.Rate.Hz, stream.SampleCount)));
        Assert.Equal(
            [
                ["TTL 3 on 1", "seen 2"],
                [],
                ["TTL 1 off 2"],
            ],
            recording.Streams.Select(stream => stream.Annotations.Select(a => $"{a.Text} {a.StartSample}"))
        );
    }

    [Theory]
    [InlineData("100_2.continuous", "2", 1)]
    [InlineData("100_2_3.continuous", "2", 3)]
    [InlineData("100_2_2.continuous", "2", 2)]
    [InlineData("100_probe_CH-1.continuous", "CH_1", 1)]
    public async Task A_channel_called_by_a_number_is_no_experiment(string main, string channel, int expected)
    {
        var recording = (
            await new FilesInMemory(
                (main, [.. Header(channel: channel), .. Record(100, 0)]),
                (expected == 1 ? "messages.events" : $"messages_{expected}.events", "101, seen\n"u8.ToArray())
            ).OpenAsync()
        ).Recording;

        Assert.Equal("seen", Assert.Single(recording.Streams[0].Annotations).Text);
    }

    [Fact]
    public async Task A_record_without_its_mark_or_out_of_order_is_refused_and_one_cut_short_is_left_out()
    {
        byte[] whole = [.. Header(), .. Record(100, 0), .. Record(104, 0)];
        byte[] damaged = [.. whole];
        damaged[^1] = 7;
        byte[] back = [.. Header(), .. Record(100, 0), .. Record(90, 0)];

        Assert.Equal("record", (await new FilesInMemory(("a.continuous", damaged)).RefusedAsync()).Field);
        Assert.Equal("timestamp", (await new FilesInMemory(("a.continuous", back)).RefusedAsync()).Field);
        var cut = await new FilesInMemory(("a.continuous", whole[..^1])).OpenAsync();
        Assert.Equal(4, cut.Recording.Streams[0].SampleCount);
        Assert.Contains(cut.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
    }

    [Fact]
    public async Task A_recording_without_records_is_said_and_the_others_are_read()
    {
        var files = new FilesInMemory(
            ("structure.openephys", TwoRecordingsListed()),
            ("a.continuous", [.. Header(), .. Record(500, 1), .. Record(504, 1)])
        );

        var reader = await files.OpenAsync();

        Assert.Equal(2, (int?)Assert.Single(reader.Recording.Streams).Metadata["recording"]);
        Assert.Equal(Ramp(500, 8), (await ReadSamples.OfAsync(reader)).Channels[0]);
        var warning = Assert.Single(reader.Recording.Warnings);
        Assert.Equal((RecordingWarningKind.RecordsMissing, "a.continuous"), (warning.Kind, warning.File));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1024)]
    public async Task A_channel_that_was_never_written_takes_none_of_the_others_samples(int length)
    {
        const string structure = """
            <EXPERIMENT><RECORDING number="1"><STREAM name="probe" sample_rate="1000.0">
            <CHANNEL name="CH1" bitVolts="0.195" filename="a.continuous"/>
            <CHANNEL name="CH2" bitVolts="0.195" filename="b.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """;
        var reader = await new FilesInMemory(
            ("structure.openephys", Encoding.UTF8.GetBytes(structure)),
            ("a.continuous", [.. Header(), .. Record(100, 0)]),
            ("b.continuous", Header()[..length])
        ).OpenAsync();

        Assert.Equal(Ramp(100, 4), (await ReadSamples.OfAsync(reader)).Channels[0]);
        Assert.Equal("b.continuous", Assert.Single(reader.Recording.Warnings).File);
    }

    [Fact]
    public async Task A_structure_of_which_nothing_was_recorded_is_refused()
    {
        var files = new FilesInMemory(("structure.openephys", TwoRecordingsListed()), ("a.continuous", Header()));

        Assert.Equal("structure", (await files.RefusedAsync()).Field);
    }

    [Fact]
    public async Task Zeros_at_the_end_are_records_that_were_never_written()
    {
        byte[] file = [.. Header(), .. Record(100, 0), .. new byte[3 * Record(0, 0).Length]];

        var reader = await new FilesInMemory(("a.continuous", file)).OpenAsync();

        Assert.Equal(Ramp(100, 4), (await ReadSamples.OfAsync(reader)).Channels[0]);
        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error()
    {
        byte[] file = [.. Header(), .. Enumerable.Range(0, 20).SelectMany(i => Record(4 * i, 0))];

        Assert.InRange(await FormatFuzz.RunAsync(("a.continuous", file)), 1, FormatFuzz.Cases - 1);
    }

    private static double[] Ramp(int first, int count) => [.. Enumerable.Range(first, count).Select(i => (double)i)];

    /// <param name="second">Number of the second recording's first sample; the first recording's is 100.</param>
    /// <param name="messages">Of the file beside them; none when empty.</param>
    private static FilesInMemory TwoRecordings(long second = 500, string messages = "")
    {
        return new(
            ("structure.openephys", TwoRecordingsListed()),
            ("a.continuous", [.. Header(), .. Record(100, 0), .. Record(second, 1), .. Record(second + 4, 1)]),
            (messages.Length > 0 ? "messages.events" : "none", Encoding.UTF8.GetBytes(messages))
        );
    }

    private static byte[] TwoRecordingsListed() =>
        """
            <EXPERIMENT><RECORDING number="1"><STREAM name="probe" sample_rate="1000.0">
            <CHANNEL name="CH1" bitVolts="0.195" filename="a.continuous"/></STREAM></RECORDING>
            <RECORDING number="2"><STREAM name="probe" sample_rate="1000.0">
            <CHANNEL name="CH1" bitVolts="0.195" filename="a.continuous"/></STREAM></RECORDING></EXPERIMENT>
            """u8.ToArray();

    private static byte[] Header(string more = "", string channel = "CH1")
    {
        string text =
            $"header.format = 'Open Ephys Data Format'; \nheader.header_bytes = 1024;\nheader.channel = '{channel}';\n"
            + more
            + "header.channelType = 'Continuous';\nheader.sampleRate = 1000;\nheader.blockLength = 4;\n"
            + "header.bitVolts = 0.195;\n";
        return Encoding.ASCII.GetBytes(text.PadRight(1024));
    }

    private static byte[] Event(long number, byte line, bool on, byte recording) =>
        [.. BitConverter.GetBytes(number), 0, 0, 3, 100, (byte)(on ? 1 : 0), line, recording, 0];

    /// <summary>Samples whose values are their numbers.</summary>
    private static byte[] Record(long number, ushort recording)
    {
        byte[] record = new byte[12 + (2 * RecordSamples) + 10];
        BinaryPrimitives.WriteInt64LittleEndian(record, number);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(8), RecordSamples);
        BinaryPrimitives.WriteUInt16LittleEndian(record.AsSpan(10), recording);
        for (int i = 0; i < RecordSamples; i++)
        {
            BinaryPrimitives.WriteInt16BigEndian(record.AsSpan(12 + (2 * i)), (short)(number + i));
        }
        byte[] mark = [0, 1, 2, 3, 4, 5, 6, 7, 8, 255];
        mark.CopyTo(record, record.Length - mark.Length);
        return record;
    }
}
