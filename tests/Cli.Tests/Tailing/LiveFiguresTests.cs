using System.Buffers.Binary;
using System.Text.Json;
using Dendrite.Cli.Output;
using Dendrite.Cli.Tailing;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.Cli.Tests.Tailing;

/// <summary>Figures of samples as they come.</summary>
public sealed class LiveFiguresTests
{
    [Fact]
    public void A_second_is_told_when_it_is_over_however_it_was_cut()
    {
        var figures = new LiveFigures(Header(4, 1, start: 2));
        Assert.Empty(figures.Add(Chunk(2, 1)));
        Assert.Equal([(0, 4, 2)], Bounds(figures.Add(Chunk(3, 3, 5))));
        Assert.Equal([(4, 8, 4), (8, 12, 4)], Bounds(figures.Add(Chunk(5, 1, 2, 3, 4, 5, 6, 7))));
        Assert.Empty(figures.TakeRest());
    }

    [Fact]
    public void Figures_are_those_of_the_finite_samples()
    {
        var figures = new LiveFigures(Header(4, 1));
        var second = Assert.Single(figures.Add(Chunk(0, 3, double.NaN, double.NegativeInfinity, -1)));
        Assert.Equal((2, -1, 3, 1), (second.SampleCount, second.Minimum, second.Maximum, second.Mean));
        Assert.Equal(Math.Sqrt(5), second.RootMeanSquare);

        var empty = Assert.Single(figures.Add(Chunk(4, double.NaN, double.NaN, double.NaN, double.NaN)));
        Assert.Equal((0, null, null), (empty.SampleCount, empty.Minimum, empty.RootMeanSquare));
    }

    [Fact]
    public void Of_a_figure_that_no_number_holds_there_is_none()
    {
        var figures = new LiveFigures(Header(2, 1));
        var second = Assert.Single(figures.Add(Chunk(0, 1e300, 1)));
        Assert.Equal((2, 1, 1e300), (second.SampleCount, second.Minimum, second.Maximum));
        Assert.Equal((5e299, null), (second.Mean, second.RootMeanSquare));
        Assert.Contains("\"rootMeanSquare\":null", JsonSerializer.Serialize(second, CliJson.Shapes.LiveFigure));
        second = Assert.Single(figures.Add(Chunk(2, double.MaxValue, double.MaxValue)));
        Assert.Null(second.Mean);
    }

    [Fact]
    public void Samples_that_come_again_count_once()
    {
        var figures = new LiveFigures(Header(4, 1));
        Assert.Empty(figures.Add(Chunk(0, 1, 2, 3)));
        var second = Assert.Single(figures.Add(Chunk(1, 2, 3, 4)));
        Assert.Equal((4, 2.5), (second.SampleCount, second.Mean));
    }

    [Fact]
    public void What_is_missing_ends_its_second_and_leaves_no_line_for_seconds_without_samples()
    {
        var figures = new LiveFigures(Header(4, 1));
        Assert.Empty(figures.Add(Chunk(0, 1)));
        Assert.Equal([(0, 4, 1)], Bounds(figures.Pass(new() { StartSample = 1, EndSample = 1_000_000 }, null)));
        Assert.Empty(figures.Add(Chunk(1_000_000, 7)));
        Assert.Equal([(1_000_000, 1_000_004, 1)], Bounds(figures.TakeRest()));
    }

    [Fact]
    public void Seconds_of_a_rate_that_is_no_whole_number_take_turns()
    {
        // 5 samples in 2 seconds: seconds of 3 and of 2.
        var figures = new LiveFigures(Header(5, 2));
        Assert.Equal([(0, 3, 3), (3, 5, 2), (5, 8, 3)], Bounds(figures.Add(Chunk(0, 1, 1, 1, 1, 1, 1, 1, 1, 1))));
    }

    [Fact]
    public void A_second_waits_for_all_channel_groups()
    {
        var header = Header(2, 1);
        header.Channels.Add(new SignalChannel { Label = "other", ChannelGroup = 1 });
        var figures = new LiveFigures(header);
        Assert.Empty(figures.Add(Chunk(0, 1, 2, 3, 4)));
        var other = Chunk(0, 5, 6);
        other.ChannelGroup = 1;
        Assert.Equal(["c", "other"], figures.Add(other).Select(figure => figure.Channel));
        Assert.Equal([(2, 4, 2), (2, 4, 0)], Bounds(figures.TakeRest()));
    }

    private static IEnumerable<(int, int, int)> Bounds(IEnumerable<LiveFigure> figures) =>
        figures.Select(figure => ((int)figure.StartSample, (int)figure.EndSample, (int)figure.SampleCount));

    private static SampleHeader Header(long samples, long seconds, long start = 0) =>
        new()
        {
            Range = new() { StartSample = start, EndSample = start },
            NominalRate = new() { Samples = samples, Seconds = seconds },
            Channels = { new SignalChannel { Label = "c" } },
        };

    private static SampleChunk Chunk(long first, params double[] values)
    {
        var data = new byte[values.Length * sizeof(double)];
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(data.AsSpan(i * sizeof(double)), values[i]);
        }

        return new()
        {
            FirstSample = first,
            SampleCount = values.Length,
            Data = ByteString.CopyFrom(data),
        };
    }
}
