using System.Numerics;

namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>
/// The model that the service is held against: features of windows of two seconds by their definitions, with sums over
/// all samples in place of a fast transform, and distances of one window to all others.
/// </summary>
internal static class PlainShapes
{
    private static readonly (double Low, double High)[] Bands = [(0.5, 4), (4, 8), (8, 13), (13, 30), (30, 100)];

    /// <param name="window">Two seconds.</param>
    public static double[] Of(double[] window, double rate)
    {
        var (n, mean) = (window.Length, window.Average());
        double[] hann = [.. window.Select((_, i) => Math.Pow(Math.Sin(Math.PI * i / n), 2))];
        var scale = 2 / (rate * hann.Sum(value => value * value));
        var density = Enumerable
            .Range(0, n / 2)
            .Select(k => scale * Math.Pow(Complex.Abs(AmplitudeAt(k, window, hann, mean)), 2))
            .ToArray();
        // The band 0.5 to 4 leaves out frequency 0, and 100 Hz are below half the rate.
        var powers = Bands.Select(band =>
            Enumerable
                .Range(0, density.Length)
                .Where(k => k * rate / n >= band.Low && k * rate / n < band.High)
                .Sum(k => density[k])
            * rate
            / n
        );
        var deviation = Math.Sqrt(window.Average(value => Math.Pow(value - mean, 2)));
        var line = window.Zip(window.Skip(1), (one, next) => Math.Abs(next - one)).Average() * rate;
        return
        [
            .. powers.Select(power => Math.Log(power)),
            Math.Log(deviation),
            Math.Log(line),
            Math.Asinh(window.Average(value => Math.Pow((value - mean) / deviation, 3))),
            Math.Asinh(window.Average(value => Math.Pow((value - mean) / deviation, 4)) - 3),
        ];
    }

    /// <summary>Distances of a shape from others, standardised over these.</summary>
    public static double[] Distances(double[] given, IReadOnlyList<double[]> others)
    {
        var scales = given
            .Select((_, feature) => others.Select(other => other[feature]).ToArray())
            .Select(values => Math.Max(0.1, Math.Sqrt(values.Average(value => Math.Pow(value - values.Average(), 2)))))
            .ToArray();
        return
        [
            .. others.Select(other =>
                Math.Sqrt(given.Select((value, i) => Math.Pow((value - other[i]) / scales[i], 2)).Sum())
            ),
        ];
    }

    private static Complex AmplitudeAt(int k, double[] window, double[] hann, double mean) =>
        window
            .Select(
                (value, i) =>
                    (value - mean) * hann[i] * Complex.FromPolarCoordinates(1, -2 * Math.PI * k * i / window.Length)
            )
            .Aggregate(Complex.Zero, (sum, value) => sum + value);
}
