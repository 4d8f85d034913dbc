using System.Numerics;
using Dendrite.Signals.Analysis.Windows;

namespace Dendrite.Signals.Tests.Analysis;

public sealed class LowFrequencyTransformTests
{
    [Theory]
    [InlineData(6, 2)]
    [InlineData(500, 51)]
    [InlineData(2_000, 201)]
    [InlineData(60_000, 201)]
    public void The_lowest_frequencies_and_their_mirrors_are_the_sums_of_their_definition(int length, int bins)
    {
        var random = new Random(length);
        Complex[] samples =
        [
            .. Enumerable.Range(0, length).Select(_ => new Complex(random.NextDouble() - 0.5, random.NextDouble())),
        ];
        Complex[] given = [.. samples];

        LowFrequencyTransform.For(length, bins)!.Forward(samples);

        for (int k = 0; k < bins; k += Math.Max(1, bins / 20))
        {
            Assert.True((samples[k] - Sum(given, k)).Magnitude < 1e-9, $"frequency {k}");
            int mirror = (length - k) % length;
            Assert.True((samples[mirror] - Sum(given, mirror)).Magnitude < 1e-9, $"frequency -{k}");
        }
    }

    [Theory]
    [InlineData(512, 200)]
    [InlineData(250, 126)]
    [InlineData(1_000, 500)]
    public void Where_the_general_transform_is_as_quick_there_is_none(int length, int bins) =>
        Assert.Null(LowFrequencyTransform.For(length, bins));

    private static Complex Sum(Complex[] samples, long frequency)
    {
        var sum = Complex.Zero;
        for (long i = 0; i < samples.Length; i++)
        {
            double turns = (double)(i * frequency % samples.Length) / samples.Length;
            sum += samples[i] * Complex.FromPolarCoordinates(1, -2 * Math.PI * turns);
        }
        return sum;
    }
}
