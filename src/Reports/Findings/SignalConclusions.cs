using Dendrite.Reports.Text;
using Dendrite.V1;

namespace Dendrite.Reports.Findings;

/// <summary>What is concluded from the tests of channels.</summary>
internal static class SignalConclusions
{
    /// <summary>Channels that a sentence names.</summary>
    private const int NamedChannels = 6;

    public static IEnumerable<string> Of(ExperimentComparison comparison)
    {
        var alpha = Support.AlphaOf(comparison);
        var names = ChannelNames.Of(comparison);
        var tests = comparison
            .Channels.SelectMany((channel, i) => channel.Tests.Select(test => (Channel: names[i], Test: test)))
            .Where(pair => Support.IsTested(pair.Test))
            .ToArray();
        if (tests.Length == 0)
        {
            return [WhyNone(comparison)];
        }

        var byFeature = FeatureNames
            .Of(comparison)
            .Select(feature => (Feature: feature, Tests: tests.Where(pair => pair.Test.Feature == feature).ToArray()))
            .Where(entry => entry.Tests.Length > 0)
            .ToArray();
        return
        [
            .. byFeature.SelectMany(entry => Shown(entry.Feature, entry.Tests, alpha)),
            .. NotShown(byFeature, alpha),
            .. RanksDisagree([.. tests.Select(pair => pair.Test)], alpha),
        ];
    }

    private static string WhyNone(ExperimentComparison comparison) =>
        comparison.Channels.SelectMany(channel => channel.Tests).Any(Support.HasWindows)
            ? "No test could be made: in the paired channels that have windows enough, nothing that was measured "
                + "varied. Nothing is concluded about the signals."
        : comparison.Channels.Count > 0
            ? "No test could be made: the paired channels have too few windows of samples. Nothing is concluded "
                + "about "
                + "the signals."
        : comparison.OnlyFrom.Count + comparison.OnlyTo.Count > 0
            ? "The sides have no channel in common: nothing was paired, and nothing is concluded about the signals."
        : "Neither side has a channel: nothing is concluded about signals.";

    private static IEnumerable<string> Shown(string feature, (string Channel, FeatureTest Test)[] tests, double alpha)
    {
        var shown = tests.Where(pair => Support.IsShown(pair.Test, alpha)).ToArray();
        foreach (var sign in new[] { 1, -1 })
        {
            var some = shown.Where(pair => Math.Sign(pair.Test.HedgesG) == sign).ToArray();
            if (some.Length > 0)
            {
                var name = FeatureNames.Long(feature);
                yield return $"{Capital(name)} was {(sign > 0 ? "greater" : "less")} on the new side in "
                    + $"{some.Length} of {Words.Count(tests.Length, "channel")} ({Names(some)}): {Effects(some)}.";
            }
        }
    }

    private static string Effects((string Channel, FeatureTest Test)[] some)
    {
        var p = some.Max(pair => pair.Test.AdjustedTP);
        var least = p < 0.001 ? "corrected p < 0.001" : $"corrected p at most {Numbers.Probability(p)}";
        if (some is [var (_, test)])
        {
            return $"Hedges' g {Numbers.Signed(test.HedgesG)}, interval {Numbers.Signed(test.HedgesGLow)} to "
                + $"{Numbers.Signed(test.HedgesGHigh)}, corrected p {Probability(p)}";
        }

        var (low, high) = (some.Min(pair => pair.Test.HedgesG), some.Max(pair => pair.Test.HedgesG));
        return $"Hedges' g from {Numbers.Signed(low)} to {Numbers.Signed(high)}, {least}";
    }

    private static string Probability(double p) => p < 0.001 ? "< 0.001" : Numbers.Probability(p);

    private static string Names((string Channel, FeatureTest Test)[] some)
    {
        var names = string.Join(", ", some.Take(NamedChannels).Select(pair => pair.Channel));
        return some.Length > NamedChannels ? $"{names} and {some.Length - NamedChannels} more" : names;
    }

    private static IEnumerable<string> NotShown(
        (string Feature, (string Channel, FeatureTest Test)[] Tests)[] byFeature,
        double alpha
    )
    {
        var without = byFeature.Where(entry => !entry.Tests.Any(pair => Support.IsShown(pair.Test, alpha))).ToArray();
        if (without.Length == 0)
        {
            yield break;
        }

        var features = string.Join(", ", without.Select(entry => FeatureNames.Long(entry.Feature)));
        var room = without
            .SelectMany(entry => entry.Tests)
            .SelectMany(pair => new[] { Math.Abs(pair.Test.HedgesGLow), Math.Abs(pair.Test.HedgesGHigh) })
            .Where(double.IsFinite)
            .DefaultIfEmpty(double.NaN)
            .Max();
        yield return $"No difference was shown in {features}. That does not say that the sides are equal: the "
            + $"intervals leave room for effects up to {Numbers.Size(room)} in Hedges' g, either way.";
    }

    private static IEnumerable<string> RanksDisagree(FeatureTest[] tests, double alpha)
    {
        var shown = tests.Where(test => Support.IsShown(test, alpha)).ToArray();
        var doubted = shown.Count(test => test.UP >= alpha);
        if (doubted > 0)
        {
            yield return $"In {doubted} of the {Words.Count(shown.Length, "difference")} shown, ranks alone "
                + "(Mann-Whitney) do not show one: a few extreme windows may make the difference of the means.";
        }
    }

    private static string Capital(string text) => text.Length > 0 ? char.ToUpperInvariant(text[0]) + text[1..] : text;
}
