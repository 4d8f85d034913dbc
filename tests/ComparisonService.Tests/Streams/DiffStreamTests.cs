using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.ComparisonService.Tests.Streams;

public sealed class DiffStreamTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    private const int Block = Recorder.BlockSamples;

    [Fact]
    public async Task Ranges_say_where_the_sides_differ_and_nothing_is_read_for_them()
    {
        await lab.Recorder.ForkAsync("r-a");
        await lab.Recorder.RecordAsync("r-a", "eeg", [1, 2]);
        await lab.Recorder.ForkAsync("r-b", "r-a");
        await lab.Recorder.RecordAsync("r-a", "eeg", [3, 4]);
        await lab.Recorder.RecordAsync("r-b", "eeg", [3, 5, 6]);

        var diff = await DiffAsync("r-a", "r-b", "eeg");

        Assert.Equal(["~ 300 to 400", "+ 400 to 500"], diff.Ranges.Select(Show));
        Assert.Equal((0L, 0), (diff.ReadBytes, diff.Channels.Count));
        Assert.Equal((400L, 500L), (diff.Difference.From.SampleCount, diff.Difference.To.SampleCount));
    }

    [Fact]
    public async Task Exact_reads_only_blocks_that_differ_and_says_by_how_much_they_do()
    {
        await lab.Recorder.ForkAsync("x-a");
        await lab.Recorder.RecordAsync("x-a", "eeg", [.. Enumerable.Repeat((short)7, 50)]);
        await lab.Recorder.ForkAsync("x-b", "x-a");
        await lab.Recorder.AppendAsync("x-a", "eeg", [Ramp(0), Ramp(0)]);
        await lab.Recorder.AppendAsync("x-b", "eeg", [Ramp(0), Ramp(3)]);

        var diff = await DiffAsync("x-a", "x-b", "eeg", exact: true);

        var (c3, c4) = (diff.Channels[0], diff.Channels[1]);
        Assert.Equal(("C3", 100L, 0L), (c3.Channel, c3.ComparedSamples, c3.DifferingSamples));
        Assert.False(c3.HasFirstDifferingSample);
        Assert.Equal(("C4", 100L, 10L), (c4.Channel, c4.ComparedSamples, c4.DifferingSamples));
        Assert.Equal(51 * Block + 90, c4.FirstDifferingSample);
        Assert.Equal(3, c4.MaximumDifference);
        Assert.Equal(Math.Sqrt(10 * 9 / 100.0), c4.RootMeanSquareDifference, 1e-12);
        Assert.InRange(diff.ReadBytes, 1, diff.Difference.From.StoredBytes / 5);
    }

    [Fact]
    public async Task Blocks_cut_elsewhere_differ_by_range_and_not_by_any_sample()
    {
        await lab.Recorder.ForkAsync("cut-a");
        await lab.Recorder.ForkAsync("cut-b");
        short[] whole = [.. Enumerable.Range(0, 4 * Block).Select(i => (short)i)];
        await lab.Recorder.AppendAsync("cut-a", "eeg", [whole], "C3");
        await lab.Recorder.AppendAsync("cut-b", "eeg", [whole[..150], whole[150..]], "C3");

        var diff = await DiffAsync("cut-a", "cut-b", "eeg", exact: true);

        Assert.Equal(["~ 0 to 400"], diff.Ranges.Select(Show));
        Assert.Equal((400L, 0L), (diff.Channels[0].ComparedSamples, diff.Channels[0].DifferingSamples));
    }

    [Fact]
    public async Task What_one_side_masks_only_the_other_has_whoever_wrote_the_blocks()
    {
        await lab.Recorder.ForkAsync("m-a");
        await lab.Recorder.RecordAsync("m-a", "eeg", [1, 2, 3]);
        await lab.Recorder.ForkAsync("m-b", "m-a");
        await lab.Recorder.MaskAsync("m-b", "eeg", 50, 120);
        await lab.Recorder.RecordAsync("m-b", "eeg", [4]);

        Assert.Equal(["- 50 to 120", "+ 300 to 400"], (await DiffAsync("m-a", "m-b", "eeg")).Ranges.Select(Show));
        Assert.Equal(["+ 50 to 120", "- 300 to 400"], (await DiffAsync("m-b", "m-a", "eeg")).Ranges.Select(Show));
    }

    [Fact]
    public async Task A_mask_of_one_channel_changes_the_others_in_nothing()
    {
        await lab.Recorder.ForkAsync("mc-a");
        await lab.Recorder.RecordAsync("mc-a", "eeg", [1, 2, 3]);
        await lab.Recorder.ForkAsync("mc-b", "mc-a");
        await lab.Recorder.MaskAsync("mc-b", "eeg", 50, 120, "C4");

        var all = await DiffAsync("mc-a", "mc-b", "eeg", exact: true);

        Assert.Equal(["~ 50 to 120"], all.Ranges.Select(Show));
        Assert.Equal([70L, 0L], all.Channels.Select(channel => channel.ComparedSamples));
        Assert.Empty((await DiffAsync("mc-a", "mc-b", "eeg", false, "C3")).Ranges);
        Assert.Equal(["- 50 to 120"], (await DiffAsync("mc-a", "mc-b", "eeg", false, "C4")).Ranges.Select(Show));
    }

    [Fact]
    public async Task A_mask_that_both_sides_have_hides_on_both_and_is_no_difference()
    {
        await lab.Recorder.ForkAsync("mm-a");
        await lab.Recorder.RecordAsync("mm-a", "eeg", [1, 2]);
        await lab.Recorder.MaskAsync("mm-a", "eeg", 0, 150);
        await lab.Recorder.ForkAsync("mm-b", "mm-a");

        Assert.Empty((await DiffAsync("mm-a", "mm-b", "eeg")).Ranges);
    }

    [Fact]
    public async Task Of_more_masks_than_a_page_holds_each_is_compared()
    {
        await lab.Recorder.ForkAsync("many-a");
        await lab.Recorder.RecordAsync("many-a", "eeg", [1, 2, 3]);
        await lab.Recorder.ForkAsync("many-b", "many-a");
        await lab.Recorder.MaskAsync("many-b", "eeg", 20, 30);
        await using var more = lab.Database.Owner.CreateCommand(
            """
            INSERT INTO signals.mask
            SELECT project_id, timeline_id, stream_id, gen_random_uuid(), version, false, 20, 30, channels, reason
            FROM (SELECT * FROM signals.mask ORDER BY timeline_id DESC LIMIT 1) AS one, generate_series(1, 10000)
            """
        );
        await more.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        await lab.Recorder.MaskAsync("many-b", "eeg", 250, 260);

        var diff = await DiffAsync("many-a", "many-b", "eeg");

        Assert.Equal(["- 20 to 30", "- 250 to 260"], diff.Ranges.Select(Show));
    }

    [Fact]
    public async Task Not_a_number_on_both_sides_is_no_difference_and_on_one_side_it_is_told()
    {
        await lab.Recorder.ForkAsync("nan-a");
        await lab.Recorder.ForkAsync("nan-b");
        float[] old = [1, float.NaN, 3, 4];
        await lab.Recorder.AppendFloatsAsync("nan-a", "lfp", [.. old, .. old]);
        await lab.Recorder.AppendFloatsAsync("nan-b", "lfp", [1, float.NaN, 5, 4, .. old]);
        await lab.Recorder.ForkAsync("nan-c");
        await lab.Recorder.AppendFloatsAsync("nan-c", "lfp", [1, 2, 3, 4, .. old]);

        var number = Assert.Single((await DiffAsync("nan-a", "nan-b", "lfp", exact: true)).Channels);
        var lost = Assert.Single((await DiffAsync("nan-a", "nan-c", "lfp", exact: true)).Channels);

        Assert.Equal((1L, 2L, 2.0), (number.DifferingSamples, number.FirstDifferingSample, number.MaximumDifference));
        Assert.Equal((1L, 1L), (lost.DifferingSamples, lost.FirstDifferingSample));
        Assert.True(double.IsNaN(lost.MaximumDifference) && double.IsNaN(lost.RootMeanSquareDifference));
    }

    [Fact]
    public async Task Streams_of_other_names_and_montages_are_compared_by_the_channels_that_both_have()
    {
        await lab.Recorder.ForkAsync("o-a");
        await lab.Recorder.AppendAsync(
            "o-a",
            "left",
            [
                [.. Enumerable.Repeat((short)1, 100), .. Enumerable.Repeat((short)2, 100)],
            ]
        );
        await lab.Recorder.AppendAsync(
            "o-a",
            "right",
            [
                [.. Enumerable.Repeat((short)2, 100), .. Enumerable.Repeat((short)9, 100)],
            ],
            "C4",
            "Pz"
        );
        await lab.Recorder.AppendAsync(
            "o-a",
            "none",
            [
                [1, 2],
            ],
            "Fz"
        );

        var diff = await DiffAsync("o-a", "o-a", "left", true, other: "right");
        var none = await DiffAsync("o-a", "o-a", "left", true, other: "none");

        var c4 = Assert.Single(diff.Channels);
        Assert.Equal(("C4", 100L, 0L), (c4.Channel, c4.ComparedSamples, c4.DifferingSamples));
        Assert.Equal((["C3"], ["Pz"]), (diff.Difference.ChannelsOnlyFrom, diff.Difference.ChannelsOnlyTo));
        Assert.Empty(none.Channels);
        Assert.Empty(none.Ranges);
    }

    [Fact]
    public async Task A_stream_deleted_and_made_anew_is_compared_whole()
    {
        await lab.Recorder.ForkAsync("anew-a");
        await lab.Recorder.RecordAsync("anew-a", "eeg", [1, 2, 3]);
        await lab.Recorder.ForkAsync("anew-b", "anew-a");
        await lab.Ingest.DeleteStreamAsync(new() { Name = "projects/lab/branches/anew-b/streams/eeg" }, Options);
        await lab.Recorder.RecordAsync("anew-b", "eeg", [1, 9]);

        Assert.Equal(
            ["~ 100 to 200", "- 200 to 300"],
            (await DiffAsync("anew-a", "anew-b", "eeg")).Ranges.Select(Show)
        );
    }

    [Fact]
    public async Task A_stream_on_one_side_only_and_an_empty_one_are_answered_clearly()
    {
        await lab.Recorder.ForkAsync("e-a");
        await lab.Recorder.ForkAsync("e-b");
        await lab.Recorder.AppendAsync("e-a", "eeg", []);
        await lab.Recorder.RecordAsync("e-b", "ecg", [1]);

        Assert.Equal(DiffSide.OnlyFrom, (await DiffAsync("e-a", "e-b", "eeg", exact: true)).Difference.Side);
        var empty = await DiffAsync("e-a", "e-a", "eeg", exact: true);
        Assert.Empty(empty.Ranges);
        Assert.Equal(0, empty.Channels.Sum(channel => channel.ComparedSamples));
    }

    [Fact]
    public async Task Pages_hold_every_range_once_and_samples_are_compared_for_the_first()
    {
        await lab.Recorder.ForkAsync("p-a");
        await lab.Recorder.ForkAsync("p-b");
        await lab.Recorder.RecordAsync("p-a", "eeg", [1, 2, 3, 4, 5]);
        await lab.Recorder.RecordAsync("p-b", "eeg", [9, 2, 9, 4, 9]);
        var request = Request("p-a", "p-b", "eeg", true);
        request.PageSize = 2;

        var first = await lab.Comparison.DiffStreamAsync(request, Options);
        request.PageToken = first.NextPageToken;
        var second = await lab.Comparison.DiffStreamAsync(request, Options);

        Assert.Equal(["~ 0 to 100", "~ 200 to 300", "~ 400 to 500"], first.Ranges.Concat(second.Ranges).Select(Show));
        Assert.Equal(
            (2, 0, 0L, ""),
            (first.Channels.Count, second.Channels.Count, second.ReadBytes, second.NextPageToken)
        );
    }

    /// <summary>C3 is zero; of C4 the last ten are a value.</summary>
    private static short[] Ramp(short last) =>
        [.. Enumerable.Repeat((short)0, Block + 90), .. Enumerable.Repeat(last, 10)];

    private static CallOptions OptionsOf(Metadata key) =>
        new(key, cancellationToken: TestContext.Current.CancellationToken);

    private CallOptions Options => OptionsOf(lab.Key);

    private static string Show(RangeDifference range)
    {
        var mark = range.Side switch
        {
            DiffSide.OnlyFrom => '-',
            DiffSide.OnlyTo => '+',
            _ => '~',
        };
        return $"{mark} {range.Range.StartSample} to {range.Range.EndSample}";
    }

    private async Task<DiffStreamResponse> DiffAsync(
        string from,
        string to,
        string stream,
        bool exact = false,
        string channel = "",
        string other = ""
    ) => await lab.Comparison.DiffStreamAsync(Request(from, to, stream, exact, channel, other), Options);

    private static DiffStreamRequest Request(
        string from,
        string to,
        string stream,
        bool exact,
        string channel = "",
        string other = ""
    )
    {
        var request = new DiffStreamRequest
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = $"projects/lab/branches/{from}" },
                To = new() { Branch = $"projects/lab/branches/{to}" },
            },
            StreamId = stream,
            ToStreamId = other,
            Exact = exact,
        };
        request.Channels.Add(channel.Length == 0 ? [] : [channel]);
        return request;
    }
}
