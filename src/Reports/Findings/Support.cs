using Dendrite.V1;

namespace Dendrite.Reports.Findings;

/// <summary>What a test supports. There is one rule, and every part of a report uses it.</summary>
internal static class Support
{
    /// <summary>Confidence of intervals where the options do not say.</summary>
    public const double DefaultConfidence = 0.95;

    /// <summary>The level that a corrected p has to stay below: what the intervals leave out.</summary>
    public static double AlphaOf(ExperimentComparison comparison)
    {
        var confidence = comparison.Options?.Confidence ?? 0;
        // 1 - 0.95 is 0.050000000000000044.
        return Math.Round(1 - (confidence is > 0 and < 1 ? confidence : DefaultConfidence), 12);
    }

    /// <summary>
    /// Whether a difference was shown: the corrected p is below alpha, and the interval of the effect leaves out 0.
    /// </summary>
    public static bool IsShown(FeatureTest test, double alpha) =>
        test.AdjustedTP < alpha && (test.HedgesGLow > 0 || test.HedgesGHigh < 0);

    /// <summary>Whether there was enough to test: windows on both sides, and values that vary.</summary>
    public static bool IsTested(FeatureTest test) => double.IsFinite(test.AdjustedTP);

    /// <summary>Whether both sides have the windows that a test needs.</summary>
    public static bool HasWindows(FeatureTest test) => test is { FromWindows: > 1, ToWindows: > 1 };
}
