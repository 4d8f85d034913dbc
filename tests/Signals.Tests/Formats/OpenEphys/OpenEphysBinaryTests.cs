using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.OpenEphys;

public sealed class OpenEphysBinaryTests
{
    private const string Folder = "Probe-100.AP";
    private const int Present = 70_000;

    [Fact]
    public async Task Samples_numbers_times_events_and_messages_come_together()
    {
        var reader = await new FilesInMemory(Make()).OpenAsync();
        var stream = Assert.Single(reader.Recording.Streams);

        var all = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 60_500);

        Assert.Equal((30_000m, Present + 1000, 1000), (stream.Rate.Hz, stream.SampleCount, stream.MissingSampleCount));
        Assert.Equal(["AP1", "AP1 (2)"], stream.Channels.Select(channel => channel.Label));
        Assert.Equal([0.195, 0.195], stream.Channels.Select(channel => channel.Scale));
        Assert.Equal((60_000, 1000), Assert.Single(all.Gaps.Select(gap => (gap.FirstSample, gap.SampleCount))));
        var expected = Enumerable
            .Range(0, Present + 1000)
            .Select(i => i is >= 60_000 and < 61_000 ? double.NaN : (double)(short)(i < 60_000 ? i : i - 1000))
            .ToArray();
        Assert.Equal(expected, all.Channels[0]);
        Assert.Equal(expected.Select(v => double.IsNaN(v) ? v : (double)(short)-v), all.Channels[1]);
        Assert.Equal(all.Channels.Select(channel => channel[60_500..]), rest.Channels);
        Assert.Equal([0, 59_999, 61_000, 70_999], all.Anchors.Select(anchor => anchor.Sample));
        Assert.Equal(5, all.Anchors[0].DeviceSeconds);
        Assert.Equal(["TTL 3 on", "TTL 3 off", "eyes closed"], stream.Annotations.Select(a => a.Text));
        Assert.Equal([10, 25, 61_000], stream.Annotations.Select(a => a.StartSample));
        Assert.Equal("2025-04-03T11:38:45.0310000+00:00", $"{reader.Recording.StartTime:O}");
    }

    [Fact]
    public async Task The_first_time_stamp_that_is_synchronized_leaves_the_samples_before_it_their_time()
    {
        // Every stream but the main one begins so.
        var files = Make(stamp: (i, number) => i == 0 ? -1 : 600 + (number / 30_000.0));
        var reader = await new FilesInMemory(files).OpenAsync();

        var all = await ReadSamples.OfAsync(reader);
        await using var clock = new StreamClock(reader, 0, TestContext.Current.CancellationToken);

        Assert.Equal([59_999, 61_000, 70_999], all.Anchors.Select(anchor => anchor.Sample));
        Assert.All(all.Anchors, anchor => Assert.Equal(anchor.Sample / 30_000m, anchor.Seconds, 8));
        Assert.Equal(0, await clock.SecondsAtAsync(0));
        Assert.Equal(1, await clock.SecondsAtAsync(30_000), 8);
        Assert.Equal(70_999 / 30_000m, await clock.SecondsAtAsync(70_999), 8);
    }

    [Fact]
    public async Task Streams_of_one_recording_begin_when_their_common_clock_says()
    {
        const string second = "NI-DAQ";
        const string third = "Unstamped";
        var files = Make(stamp: (i, _) => i == 0 ? -1 : 10.25 + (i / 30_000.0), present: 4000, pauseAt: 4000);
        string structure = Encoding.UTF8.GetString(files[0].Content);
        int begin = structure.IndexOf("{\"folder_name\"", StringComparison.Ordinal);
        string stream = structure[begin..(structure.IndexOf("]}],", StringComparison.Ordinal) + 2)];
        string more = string.Concat(new[] { second, third }.Select(name => $",{stream.Replace(Folder, name)}"));
        files[0].Content = Encoding.UTF8.GetBytes(structure.Replace(stream, stream + more));
        double[] stamps = [.. Enumerable.Range(0, 4000).Select(i => 10 + (i / 30_000.0))];

        var reader = await new FilesInMemory([
            .. files,
            ($"continuous/{second}/continuous.dat", files[1].Content),
            ($"continuous/{second}/timestamps.npy", Npy("<f8", stamps.SelectMany(BitConverter.GetBytes), 4000)),
            ($"continuous/{third}/continuous.dat", files[1].Content),
        ]).OpenAsync();
        var anchors = (await ReadSamples.OfAsync(reader, 0)).Anchors.Concat(
            (await ReadSamples.OfAsync(reader, 1)).Anchors
        );

        Assert.Equal([0.25m, 0, 0], reader.Recording.Streams.Select(stream => stream.OnsetSeconds));
        Assert.Equal([0.383300m, 0, 0.133300m], anchors.Select(anchor => decimal.Round(anchor.Seconds, 6)));
    }

    [Fact]
    public async Task Before_version_0_6_the_seconds_stand_in_a_file_of_their_own()
    {
        var files = Make(stamp: (i, _) => 10 + (i / 30_000.0), present: 4000, pauseAt: 4000);
        for (int i = 0; i < files.Length; i++)
        {
            files[i].Name = files[i]
                .Name.Replace("timestamps", "synchronized_timestamps", StringComparison.Ordinal)
                .Replace("sample_numbers", "timestamps", StringComparison.Ordinal);
        }

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Contains($"continuous/{Folder}/synchronized_timestamps.npy", reader.Files);
        Assert.Equal([10, 10.1333], (await Stamps(reader)).Select(stamp => Math.Round(stamp!.Value, 4)));
        Assert.Empty(reader.Recording.Warnings.Where(w => w.Kind != RecordingWarningKind.LabelDuplicate));
    }

    [Fact]
    public async Task An_analogue_input_without_a_unit_is_in_volts()
    {
        var files = Make(present: 100, pauseAt: 100);
        string structure = Encoding.UTF8.GetString(files[0].Content);
        string changed = structure.Replace(
            "{\"channel_name\": \"AP1\", \"bit_volts\": 0.195}",
            "{\"channel_name\": \"ADC1\", \"bit_volts\": 0.0001}"
        );
        files[0].Content = Encoding.UTF8.GetBytes(changed);

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(["uV", "V"], reader.Recording.Streams[0].Channels.Select(channel => channel.Unit));
    }

    [Theory]
    [InlineData("\"sample_rate\": 30000.0", "\"sample_rate\": -1", "continuous[0].sample_rate")]
    [InlineData("\"num_channels\": 2", "\"num_channels\": 3", "continuous[0].channels")]
    [InlineData("\"continuous\"", "\"nothing\"", "continuous")]
    [InlineData("Probe-100.AP", "Gone", "continuous[0].folder_name")]
    [InlineData("{", "[", "structure")]
    public async Task What_cannot_be_known_is_refused_by_its_field(string old, string changed, string field)
    {
        var files = Make();
        string structure = Encoding.UTF8.GetString(files[0].Content).Replace(old, changed, StringComparison.Ordinal);
        files[0].Content = Encoding.UTF8.GetBytes(structure);

        Assert.Equal(field, (await new FilesInMemory(files).RefusedAsync()).Field);
    }

    [Fact]
    public async Task Without_numbers_samples_are_taken_to_follow_each_other_with_a_warning()
    {
        var files = Make().Where(file => !file.Name.EndsWith(".npy", StringComparison.Ordinal)).ToArray();

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(Present, reader.Recording.Streams[0].SampleCount);
        Assert.Contains(reader.Recording.Warnings, w => w.Kind == RecordingWarningKind.CompanionMissing);
    }

    [Fact]
    public async Task A_stream_that_was_not_copied_along_is_left_out_with_its_events()
    {
        var files = Make(present: 100, pauseAt: 100);
        const string more = """
            "continuous": [{"folder_name": "NI-DAQ/", "sample_rate": 40000.0, "num_channels": 1,
            "channels": [{"channel_name": "AI0", "bit_volts": 0.1}]},
            """;
        files[0].Content = Encoding.UTF8.GetBytes(
            Encoding
                .UTF8.GetString(files[0].Content)
                .Replace("\"continuous\": [", more)
                .Replace("\"events\": [", "\"events\": [{\"folder_name\": \"NI-DAQ/TTL/\"},")
        );
        var ttl = files.Where(file => file.Name.Contains("/TTL/", StringComparison.Ordinal));

        var recording = (
            await new FilesInMemory([
                .. files,
                .. ttl.Select(f => (f.Name.Replace(Folder, "NI-DAQ"), f.Content)),
            ]).OpenAsync()
        ).Recording;

        var stream = Assert.Single(recording.Streams);
        Assert.Equal(["TTL 3 on", "TTL 3 off", "eyes closed"], stream.Annotations.Select(a => a.Text));
        Assert.Contains(recording.Warnings, w => w.Message.Contains("NI-DAQ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_recorder_had_not_counted_when_it_crashed_is_read()
    {
        var files = Make();
        foreach (ref var file in files.AsSpan())
        {
            if (file.Name.EndsWith(".npy", StringComparison.Ordinal))
            {
                file.Content =
                [
                    .. Npy("<i8", [], 1)[..10],
                    .. NotCounted(file.Content[10..128]),
                    .. file.Content[128..],
                ];
            }
        }

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(1000, Assert.Single((await ReadSamples.OfAsync(reader)).Gaps).SampleCount);
        Assert.Equal(3, reader.Recording.Streams[0].Annotations.Count);

        static byte[] NotCounted(byte[] header)
        {
            string text = Encoding.ASCII.GetString(header);
            int count = text.IndexOf('(', StringComparison.Ordinal);
            int end = text.IndexOf(',', count);
            return Encoding.ASCII.GetBytes((text[..(count + 1)] + "0" + text[end..]).PadRight(header.Length));
        }
    }

    [Theory]
    [InlineData("events/Probe-100.AP/TTL/sample_numbers.npy", 1, 71_000)]
    [InlineData("events/Probe-100.AP/TTL/states.npy", 1, 71_000)]
    [InlineData("events/MessageCenter/text.npy", 2, 71_000)]
    [InlineData("continuous/Probe-100.AP/timestamps.npy", 3, 71_000)]
    [InlineData("continuous/Probe-100.AP/sample_numbers.npy", 3, 70_000)]
    public async Task An_array_that_was_never_written_is_said_and_the_rest_is_read(string name, int events, int samples)
    {
        var files = Make();
        files[Array.FindIndex(files, file => file.Name == name)].Content = [];

        var reader = await new FilesInMemory(files).OpenAsync();

        Assert.Equal(events, reader.Recording.Streams[0].Annotations.Count);
        Assert.Equal(samples, (await ReadSamples.OfAsync(reader)).Channels[0].Length);
        Assert.Contains(reader.Recording.Warnings, warning => warning.File == name);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error() =>
        Assert.InRange(await FormatFuzz.RunAsync(Make(present: 500, pauseAt: 200)), 1, FormatFuzz.Cases - 1);

    /// <param name="stamp">Seconds, by place in the file and number; the number over 1,000 when null.</param>
    private static (string Name, byte[] Content)[] Make(
        int present = Present,
        int pauseAt = 60_000,
        Func<int, long, double>? stamp = null
    )
    {
        const string structure = """
            {"GUI version": "0.6.7", "continuous": [{"folder_name": "Probe-100.AP/", "sample_rate": 30000.0,
            "num_channels": 2, "channels": [{"channel_name": "AP1", "bit_volts": 0.195, "units": "uV"},
            {"channel_name": "AP1", "bit_volts": 0.195}]}],
            "events": [{"folder_name": "Probe-100.AP/TTL/"}, {"folder_name": "MessageCenter/"}]}
            """;
        long[] numbers = [.. Enumerable.Range(0, present).Select(i => 5000L + i + (i < pauseAt ? 0 : 1000))];
        byte[] data = [.. Enumerable.Range(0, present).SelectMany(i => Pair((short)i))];
        return
        [
            ("structure.oebin", Encoding.UTF8.GetBytes(structure)),
            ($"continuous/{Folder}/continuous.dat", data),
            ($"continuous/{Folder}/sample_numbers.npy", Npy("<i8", numbers.SelectMany(BitConverter.GetBytes), present)),
            (
                $"continuous/{Folder}/timestamps.npy",
                Npy(
                    "<f8",
                    numbers.SelectMany((n, i) => BitConverter.GetBytes(stamp?.Invoke(i, n) ?? n / 1000.0)),
                    present
                )
            ),
            (
                $"events/{Folder}/TTL/sample_numbers.npy",
                Npy("<i8", new long[] { 5010, 5025 }.SelectMany(BitConverter.GetBytes), 2)
            ),
            ($"events/{Folder}/TTL/states.npy", Npy("<i2", [3, 0, 0xFD, 0xFF], 2)),
            ("events/MessageCenter/sample_numbers.npy", Npy("<i8", BitConverter.GetBytes(66_000L), 1)),
            ("events/MessageCenter/text.npy", Npy("|S16", Encoding.UTF8.GetBytes("eyes closed".PadRight(16, '\0')), 1)),
            (
                "sync_messages.txt",
                "Software Time (milliseconds since 1970 UTC): 1743680325031\nStart Time: 5000\n"u8.ToArray()
            ),
        ];
    }

    private static async Task<IEnumerable<double?>> Stamps(RecordingReader reader) =>
        (await ReadSamples.OfAsync(reader)).Anchors.Select(anchor => anchor.DeviceSeconds);

    private static byte[] Pair(short value) =>
        [.. BitConverter.GetBytes(value), .. BitConverter.GetBytes((short)-value)];

    private static byte[] Npy(string type, IEnumerable<byte> values, int count)
    {
        string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({count},), }}".PadRight(117) + "\n";
        return
        [
            0x93,
            .. "NUMPY"u8,
            1,
            0,
            .. BitConverter.GetBytes((ushort)header.Length),
            .. Encoding.ASCII.GetBytes(header),
            .. values,
        ];
    }
}
