using System.Globalization;
using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Signals.Tests.Formats.OpenBci;

public sealed class OpenBciTests
{
    private const string OldHeader = "%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250.0 Hz\n";
    private const string NewHeader =
        "%OpenBCI Raw EXG Data\r\n%Number of channels = 2\r\n%Sample Rate = 250 Hz\r\n"
        + "%Board = OpenBCI_GUI$BoardCytonSerial\r\n"
        + "Sample Index, EXG Channel 0, EXG Channel 1, Not Used, Not Used, "
        + "Timestamp, Marker Channel, Timestamp (Formatted)\r\n";

    [Fact]
    public async Task Lost_sample_numbers_become_gaps_and_a_count_that_begins_again_does_not()
    {
        // 10 to 19 and 300 to 304 are missing; 255 is followed by 0.
        int[] sent = [.. Enumerable.Range(0, 6000).Where(i => i is not (>= 10 and < 20) and not (>= 300 and < 305))];
        var reader = await Open(OldHeader + Rows(sent));

        var samples = await ReadSamples.OfAsync(reader);
        var rest = await ReadSamples.OfAsync(reader, first: 302);

        Assert.Equal([(10, 10), (300, 5)], samples.Gaps.Select(gap => (gap.FirstSample, gap.SampleCount)));
        Assert.All(samples.Gaps, gap => Assert.Equal(RecordedGapCause.DeviceCounterJump, gap.Gap));
        Assert.Equal(6000, reader.Recording.Streams[0].SampleCount);
        var expected = Enumerable.Range(0, 6000).Select(i => sent.Contains(i) ? i / 8.0 : double.NaN).ToArray();
        Assert.Equal(expected, samples.Channels[1]);
        Assert.Equal(expected[302..], rest.Channels[1]);
        Assert.Equal(2, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.SamplesLost));
    }

    [Fact]
    public async Task A_loss_of_whole_rounds_shows_in_the_time_stamps()
    {
        int[] sent = [.. Enumerable.Range(0, 2000).Where(i => i is not (>= 500 and < 500 + 512 + 3))];
        var reader = await Open(OldHeader + Rows(sent));

        var gap = Assert.Single((await ReadSamples.OfAsync(reader)).Gaps);

        Assert.Equal((500, 515), (gap.FirstSample, gap.SampleCount));
    }

    [Fact]
    public async Task A_number_that_comes_again_without_time_for_a_round_is_no_loss()
    {
        int[] sent = [.. Enumerable.Range(0, 601).Select(i => i < 300 ? i : i - 1)];
        string rows = string.Concat(sent.Select((number, i) => Row(number, i)));

        var samples = await ReadSamples.OfAsync(await Open(OldHeader + rows));

        Assert.Empty(samples.Gaps);
        Assert.Equal(sent.Select(number => (double)(number % 256)), samples.Channels[0]);
    }

    [Fact]
    public async Task A_first_number_outside_the_round_makes_no_loss_of_every_round()
    {
        string rows = string.Concat(Enumerable.Range(0, 700).Select(i => Row(i == 0 ? 0 : 101 + ((i - 1) % 100), i)));

        var samples = await ReadSamples.OfAsync(await Open(OldHeader + rows));

        // Only the jump from 0 to 101 goes forward, and takes no longer than one sample.
        Assert.Empty(samples.Gaps);
    }

    [Theory]
    [InlineData(200, 4, 0)]
    [InlineData(200, 300, 56)]
    public async Task A_first_row_of_before_is_no_loss_unless_it_took_the_time(int number, int milliseconds, int lost)
    {
        string first = Row(number, 0).Replace("1557936053329", $"{1557936053333 - milliseconds}");
        var reader = await Open(OldHeader + first + Rows([.. Enumerable.Range(1, 600)]));

        Assert.Equal(lost, (await ReadSamples.OfAsync(reader)).Gaps.Sum(gap => gap.SampleCount));
        Assert.Single(reader.Recording.Warnings);
    }

    [Fact]
    public async Task A_first_row_without_a_time_leaves_the_start_to_the_next()
    {
        var rows = Enumerable
            .Range(0, 200)
            .Select(i => $"{i}, {i}.5, -{i}.25,0,0, {(i == 0 ? "0" : $"1557936053.{100 + (i * 4)}")}, 0, 12:00:53\n");

        var recording = (await Open(NewHeader + string.Concat(rows))).Recording;

        Assert.Equal(200, recording.Streams[0].SampleCount);
        Assert.Equal("2019-05-15T16:00:53.1000000+00:00", $"{recording.StartTime:O}");
    }

    [Theory]
    [InlineData(100)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(598)]
    public async Task Two_rows_in_the_wrong_order_are_put_right(int at)
    {
        int[] sent = [.. Enumerable.Range(0, 600)];
        (sent[at], sent[at + 1]) = (sent[at + 1], sent[at]);
        var reader = await Open(OldHeader + Rows(sent));

        var samples = await ReadSamples.OfAsync(reader);

        Assert.Equal(Enumerable.Range(0, 600).Select(i => i / 8.0), samples.Channels[1]);
        Assert.Equal(samples.Channels[1][at..], (await ReadSamples.OfAsync(reader, first: at)).Channels[1]);
        Assert.Equal(RecordingWarningKind.FieldsDisagree, Assert.Single(reader.Recording.Warnings).Kind);
    }

    [Fact]
    public async Task A_number_that_contradicts_those_around_it_is_no_loss()
    {
        string rows = string.Concat(Enumerable.Range(0, 600).Select(i => Row(i == 300 ? 99 : i, i)));

        var reader = await Open(OldHeader + rows);

        Assert.Empty((await ReadSamples.OfAsync(reader)).Gaps);
        Assert.Equal(RecordingWarningKind.FieldsDisagree, Assert.Single(reader.Recording.Warnings).Kind);
    }

    [Theory]
    [InlineData(1, 600)]
    [InlineData(3, 599)]
    [InlineData(13, 599)]
    public async Task A_last_row_that_lost_digits_of_its_time_is_left_out(int cut, int count)
    {
        var reader = await Open(OldHeader + Rows([.. Enumerable.Range(0, 600)])[..^cut]);

        Assert.Equal(count, reader.Recording.Streams[0].SampleCount);
        Assert.Equal(600 - count, reader.Recording.Warnings.Count(w => w.Kind == RecordingWarningKind.Truncated));
    }

    [Fact]
    public async Task A_last_row_that_lost_only_the_end_of_a_text_is_whole()
    {
        var rows = Enumerable.Range(0, 50).Select(i => $"{i}, 1.5, 2.5, 0.1, 0.2, 155793.{i}, 0.0, 12:00:00.000\r\n");

        var reader = await Open(NewHeader + string.Concat(rows)[..^4]);

        Assert.Equal(50, reader.Recording.Streams[0].SampleCount);
        Assert.DoesNotContain(reader.Recording.Warnings, w => w.Kind == RecordingWarningKind.Truncated);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_board_that_counts_by_twos_has_lost_nothing(int first)
    {
        var reader = await Open(OldHeader + string.Concat(Enumerable.Range(0, 600).Select(i => ByTwos(first, i))));

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal(600, reader.Recording.Streams[0].SampleCount);
    }

    /// <summary>Row 127 is the last of a round, row 128 the first of the next.</summary>
    [Theory]
    [InlineData(0, 127, 1)]
    [InlineData(1, 127, 1)]
    [InlineData(0, 128, 1)]
    [InlineData(1, 128, 1)]
    [InlineData(1, 126, 5)]
    public async Task What_such_a_board_lost_where_it_begins_again_is_counted(int first, int lost, int count)
    {
        var rows = Enumerable.Range(0, 600).Where(i => i < lost || i >= lost + count).Select(i => ByTwos(first, i));
        var reader = await Open(OldHeader + string.Concat(rows));

        var gap = Assert.Single((await ReadSamples.OfAsync(reader)).Gaps);

        Assert.Equal((lost, count), (gap.FirstSample, gap.SampleCount));
        Assert.Equal(600, reader.Recording.Streams[0].SampleCount);
    }

    [Fact]
    public async Task Columns_that_have_names_keep_them_and_markers_become_annotations()
    {
        var rows = Enumerable
            .Range(0, 8)
            .Select(i =>
                $"{i}, {i}.5, -{i}.25,0,0, 1557936053.{100 + (i * 4)}, "
                + $"{(i == 3 ? "7" : "0")}, 2019-05-15 12:00:53.329\r\n"
            );
        var reader = await Open(NewHeader + string.Concat(rows));
        var stream = reader.Recording.Streams[0];

        Assert.Equal(
            [
                "Sample Index",
                "EXG Channel 0",
                "EXG Channel 1",
                "Not Used",
                "Not Used (2)",
                "Timestamp",
                "Marker Channel",
            ],
            stream.Channels.Select(channel => channel.Label)
        );
        Assert.Equal(["", "uV", "uV", "", "", "s", ""], stream.Channels.Select(channel => channel.Unit));
        var marker = Assert.Single(stream.Annotations);
        Assert.Equal(("7", 3, "marker"), (marker.Text, marker.StartSample, marker.Category));
        Assert.Equal("2019-05-15T16:00:53.1000000+00:00", $"{reader.Recording.StartTime:O}");
        Assert.Equal("BoardCytonSerial", reader.Recording.Device.Model);
    }

    [Theory]
    [InlineData("{0}; 1,5; -2,25; 0,1; 0,2; 0,3; 12:00:00.000; 1557936053329\n")]
    [InlineData("{0}, 1,5, -2,25, 0,1, 0,2, 0,3, 12:00:00.000, 1557936053329\n")]
    [InlineData("{0}\t1,5\t-2,25\t0,1\t0,2\t0,3\t12:00:00.000\t1557936053329\n")]
    [InlineData("{0},1.5,-2.25,0.1,0.2,0.3,12:00:00.000,1557936053329,\n")]
    public async Task Numbers_are_the_same_however_they_are_written(string row)
    {
        var rows = Enumerable.Range(0, 5).Select(i => string.Format(CultureInfo.InvariantCulture, row, i));
        var samples = await ReadSamples.OfAsync(await Open(OldHeader + string.Concat(rows)));

        Assert.Equal([3, 1.5, -2.25, 0.1, 0.2, 0.3, 1557936053329], samples.Channels.Select(channel => channel[3]));
    }

    [Theory]
    [InlineData("3, 1.5\n", RecordingWarningKind.LineMalformed)]
    [InlineData("3, oops, -2.25, 0.1, 0.2, 0.3, 12:00:00.000, 1557936053329\n", RecordingWarningKind.LineMalformed)]
    public async Task A_row_that_is_none_is_a_sample_lost(string bad, RecordingWarningKind kind)
    {
        string rows = Rows([0, 1, 2]) + bad + Rows([4, 5]);

        var reader = await Open(OldHeader + rows);

        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == kind);
        Assert.Equal(3, Assert.Single((await ReadSamples.OfAsync(reader)).Gaps).FirstSample);
    }

    [Fact]
    public async Task A_file_that_ends_inside_its_last_row_keeps_the_others()
    {
        var reader = await Open(OldHeader + Rows([0, 1, 2]) + "3, 1.5, -2.");

        Assert.Equal(3, reader.Recording.Streams[0].SampleCount);
        Assert.Contains(reader.Recording.Warnings, warning => warning.Kind == RecordingWarningKind.Truncated);
    }

    [Theory]
    [InlineData("%OpenBCI Raw EEG Data\n%Number of channels = 2\n0, 1, 2\n", "Sample Rate")]
    [InlineData("%OpenBCI Raw EEG Data\n%Sample Rate = 250.0 Hz\n0, 1, 2\n", "Number of channels")]
    [InlineData("%OpenBCI Raw EEG Data\n%Number of channels = 9\n%Sample Rate = 250.0 Hz\n0, 1, 2\n", "columns")]
    [InlineData("%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 0 Hz\n0, 1, 2\n", "Sample Rate")]
    [InlineData(OldHeader + "0,1,50,-2,25,0,100,0,200,0,300,12:00:00.000,1557936053329\n", "columns")]
    [InlineData(OldHeader + "0,1,50,-2,25,0,100,0,200,0,300\n", "columns")]
    [InlineData("%OpenBCI Raw EEG Data\n%Number of channels = 2\n%Sample Rate = 250 Hz\n", "rows")]
    public async Task What_cannot_be_known_is_refused_by_its_field(string text, string field)
    {
        var error = await new FilesInMemory(("a.txt", Encoding.UTF8.GetBytes(text))).RefusedAsync();

        Assert.Equal(field, error.Field);
    }

    [Fact]
    public async Task Any_damage_gives_a_recording_or_a_typed_error()
    {
        byte[] file = Encoding.UTF8.GetBytes(OldHeader + Rows([.. Enumerable.Range(0, 300)]));

        Assert.InRange(await FormatFuzz.RunAsync(("a.txt", file)), 1, FormatFuzz.Cases - 1);
    }

    /// <summary>
    /// The real recordings. Counts, sums (exact, by Python's fractions), first and last values by a script that splits
    /// the lines at their commas.
    /// </summary>
    [Theory]
    [InlineData("cyton_gui_v6_first2500.txt", 2500, 24, 161343413.92, 3439188.63, 107.08, 65116.46)]
    [InlineData("cyton_gui_v1_first2000.txt", 2000, 13, 128722620.1, 3160029.49, 8.41, 64969.79)]
    public async Task The_real_files_have_the_figures_of_another_reading(
        string file,
        int count,
        int columns,
        double first,
        double eighth,
        double accelerometer,
        double last
    )
    {
        var reader = await SharedFiles.OpenAsync($"openbci/{file}");
        var stream = reader.Recording.Streams[0];
        var samples = await ReadSamples.OfAsync(reader);

        Assert.Empty(reader.Recording.Warnings);
        Assert.Equal((250m, count, columns), (stream.Rate.Hz, stream.SampleCount, stream.Channels.Count));
        Assert.Equal("2019-05-15T16:00:53.3290000+00:00", $"{reader.Recording.StartTime:O}");
        Assert.Equal("EXG Channel 7", stream.Channels[8].Label);
        Assert.Equal((61379.36, last), (samples.Channels[1][0], samples.Channels[1][^1]));
        Assert.Equal(first, samples.Channels[1].Sum(), 1e-3);
        Assert.Equal(eighth, samples.Channels[8].Sum(), 1e-3);
        Assert.Equal(accelerometer, samples.Channels[9].Sum(), 1e-6);
    }

    private static string Rows(int[] numbers) => string.Concat(numbers.Select(i => Row(i, i)));

    private static string Row(int number, int i) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{number % 256}, {i / 8.0}, {-i / 4.0}, 0.040, 0.420, 0.238, 12:00:53.329, {1557936053329 + (i * 4)}\n"
        );

    private static string ByTwos(int first, int row) =>
        $"{first + (2 * row % 256)}, 1.5, 2.5, 0.1, 0.2, 0.3, 12:00:00.000, 1557936053{row:000}\n";

    private static Task<RecordingReader> Open(string text) =>
        new FilesInMemory(("a.txt", Encoding.UTF8.GetBytes(text))).OpenAsync();
}
