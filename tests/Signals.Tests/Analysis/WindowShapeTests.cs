using Dendrite.Signals.Analysis;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.Signals.Tests.Analysis;

/// <summary>Shapes of windows: what they say, and what they do not depend on.</summary>
public sealed class WindowShapeTests
{
    private const double Rate = 250;

    private static readonly double[] Noise = [.. Samples(2_000, 1)];

    [Fact]
    public void Powers_are_those_of_the_spectrum_that_is_held_against_SciPy()
    {
        var spectrum = new WelchSpectrum(500, Rate);
        spectrum.Add(Noise);

        var shape = ShapeOf(Noise, Rate);

        FrequencyBand[] bands =
        [
            FrequencyBand.Delta,
            FrequencyBand.Theta,
            FrequencyBand.Alpha,
            FrequencyBand.Beta,
            FrequencyBand.Gamma,
        ];
        Assert.All(
            bands.Index(),
            band => Assert.Equal(Math.Log(spectrum.PowerIn(band.Item.Low, band.Item.High)), shape[band.Index], 1e-10)
        );
    }

    [Fact]
    public void Features_of_samples_are_those_of_their_definitions()
    {
        var mean = Noise.Average();
        var deviation = Math.Sqrt(Noise.Average(value => Math.Pow(value - mean, 2)));
        double Moment(int power) => Noise.Average(value => Math.Pow((value - mean) / deviation, power));
        var line = Noise.Zip(Noise.Skip(1), (one, other) => Math.Abs(other - one)).Average() * Rate;

        var shape = ShapeOf(Noise, Rate);

        Assert.Equal(Math.Log(deviation), shape[5], 1e-12);
        Assert.Equal(Math.Log(line), shape[6], 1e-12);
        Assert.Equal(Math.Asinh(Moment(3)), shape[7], 1e-10);
        Assert.Equal(Math.Asinh(Moment(4) - 3), shape[8], 1e-10);
        Assert.Equal(ShapePlan.FeatureCount, ShapePlan.Names.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(499)]
    [InlineData(1_999)]
    public void Pieces_of_any_length_give_the_shape_of_the_whole(int piece)
    {
        var plan = new ShapePlan(Noise.Length, Rate);
        var (shape, scratch, features) = (new WindowShape(plan), new ShapeScratch(plan), new double[9]);
        // What an earlier window left behind counts for nothing.
        shape.Add(Noise.AsSpan(0, 777), scratch);
        shape.Clear();
        foreach (var samples in Noise.Chunk(piece))
        {
            shape.Add(samples, scratch);
        }

        Assert.True(shape.TryWrite(features, scratch));
        Assert.All(ShapeOf(Noise, Rate).Zip(features), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }

    [Fact]
    public void Twice_as_large_is_a_logarithm_of_two_away_and_an_offset_is_nothing()
    {
        var shape = ShapeOf(Noise, Rate);
        var other = ShapeOf([.. Noise.Select(value => (2 * value) + 1_000)], Rate);

        double[] steps = [.. Enumerable.Repeat(Math.Log(4), 5), Math.Log(2), Math.Log(2), 0, 0];
        Assert.All(steps.Index(), step => Assert.Equal(step.Item, other[step.Index] - shape[step.Index], 1e-8));
    }

    [Fact]
    public void What_does_not_vary_has_no_shape()
    {
        var plan = new ShapePlan(100, Rate);
        var (shape, scratch) = (new WindowShape(plan), new ShapeScratch(plan));
        shape.Add(Enumerable.Repeat(7.3, 100).ToArray(), scratch);

        Assert.False(shape.TryWrite(new double[9], scratch));
    }

    [Fact]
    public void A_band_that_the_rate_or_the_length_does_not_show_is_not_a_number()
    {
        // 40 Hz end at 20: there is no gamma. 16 samples at 250 Hz resolve 15.6 Hz: neither is there delta to alpha.
        Assert.Equal([4], NotNumbers(ShapeOf(Noise[..80], 40)));
        Assert.Equal([0, 1, 2], NotNumbers(ShapeOf(Noise[..16], 250)));
    }

    private static int[] NotNumbers(double[] shape) =>
        [.. shape.Index().Where(one => double.IsNaN(one.Item)).Select(one => one.Index)];

    private static double[] ShapeOf(double[] samples, double rate)
    {
        var plan = new ShapePlan(samples.Length, rate);
        var (shape, scratch, features) = (new WindowShape(plan), new ShapeScratch(plan), new double[9]);
        shape.Add(samples, scratch);
        Assert.True(shape.TryWrite(features, scratch));
        return features;
    }

    /// <summary>Skewed, so that the third moment has something to say.</summary>
    private static IEnumerable<double> Samples(int count, int seed)
    {
        var random = new Random(seed);
        return Enumerable.Range(0, count).Select(_ => Math.Pow(random.NextDouble(), 3) * 20);
    }
}
