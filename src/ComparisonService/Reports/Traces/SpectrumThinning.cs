using Dendrite.Reports.Document;

namespace Dendrite.ComparisonService.Reports.Traces;

/// <summary>A density at as many frequencies as a logarithmic axis can show.</summary>
internal static class SpectrumThinning
{
    /// <summary>
    /// Low frequencies as they are; where several fall into one step of the axis, their mean density at their mean
    /// frequency. Frequency 0, which such an axis does not have, is left out.
    /// </summary>
    /// <param name="density">At the frequencies 0, <paramref name="distance"/>, twice that and so on.</param>
    /// <param name="distance">In Hz.</param>
    public static Spectrum Thin(ReadOnlySpan<double> density, double distance)
    {
        List<double> frequencies = [];
        List<double> densities = [];
        var (first, last) = (1, density.Length - 1);
        while (first <= last)
        {
            var step = Math.Pow(last, 1.0 / ReportLimits.SpectrumPoints);
            var end = Math.Min(last + 1, Math.Max(first + 1, (int)Math.Ceiling(first * step)));
            double sum = 0;
            for (var k = first; k < end; k++)
            {
                sum += density[k];
            }

            frequencies.Add((first + end - 1) / 2.0 * distance);
            densities.Add(sum / (end - first));
            first = end;
        }

        return new(frequencies, densities);
    }
}
