using Dendrite.V1;

namespace Dendrite.Reports.Text;

/// <summary>What the features of a comparison are called, and in which order they stand.</summary>
internal static class FeatureNames
{
    private const string Power = "power:";

    /// <summary>A feature as it stands in a sentence, such as <c>alpha power</c>.</summary>
    public static string Long(string feature) =>
        feature.StartsWith(Power, StringComparison.Ordinal)
            ? $"{Words.Short(feature[Power.Length..])} power"
            : Words.Short(feature.Replace('_', ' '));

    /// <summary>A feature as it stands over a narrow column.</summary>
    public static string Short(string feature)
    {
        const int Length = 12;
        return feature switch
        {
            "root_mean_square" => "RMS",
            "line_noise_ratio" => "line noise",
            "excess_kurtosis" => "kurtosis",
            "peak_frequency" or "peak_frequency_hz" => "peak freq.",
            _ when feature.StartsWith(Power, StringComparison.Ordinal) => Words.Short(feature[Power.Length..], Length),
            _ => Words.Short(feature.Replace('_', ' '), Length),
        };
    }

    /// <summary>
    /// Every feature that was tested: powers by the order of the bands, then the others as they come.
    /// </summary>
    public static IReadOnlyList<string> Of(ExperimentComparison comparison)
    {
        var bands = comparison.Options?.Bands.Select(band => Power + band.Band).ToList() ?? [];
        return
        [
            .. comparison
                .Channels.SelectMany(channel => channel.Tests)
                .Select(test => test.Feature)
                .Distinct(StringComparer.Ordinal)
                .OrderBy(feature => bands.IndexOf(feature) is >= 0 and var place ? place : int.MaxValue),
        ];
    }
}
