using System.Runtime.InteropServices;
using Dendrite.Signals.Analysis;
using Dendrite.Signals.Analysis.Testing;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Tests whether two channels differ in their windows. Pure.</summary>
internal static class FeatureComparison
{
    /// <summary>One test for each feature; NaN where one cannot be made.</summary>
    /// <param name="from">Values of whole windows, by feature; empty for a channel without windows.</param>
    public static IEnumerable<FeatureTest> Compare(
        IReadOnlyList<string> names,
        IReadOnlyList<List<double>> from,
        IReadOnlyList<List<double>> to,
        double confidence
    )
    {
        for (var i = 0; i < names.Count; i++)
        {
            List<double> old = i < from.Count ? from[i] : [];
            List<double> current = i < to.Count ? to[i] : [];
            yield return Compare(
                names[i],
                CollectionsMarshal.AsSpan(old),
                CollectionsMarshal.AsSpan(current),
                confidence
            );
        }
    }

    /// <summary>Corrects p over all tests of a comparison.</summary>
    public static void Adjust(IEnumerable<ChannelComparison> channels)
    {
        FeatureTest[] tests = [.. channels.SelectMany(channel => channel.Tests)];
        var adjusted = BenjaminiHochberg.Adjust([.. tests.Select(test => test.TP)]);
        for (var i = 0; i < tests.Length; i++)
        {
            tests[i].AdjustedTP = adjusted[i];
        }
    }

    private static FeatureTest Compare(
        string name,
        ReadOnlySpan<double> from,
        ReadOnlySpan<double> to,
        double confidence
    )
    {
        var (old, current) = (Moments.Of(from), Moments.Of(to));
        var t = WelchTest.Of(old, current);
        var u = MannWhitney.Of(from, to);
        var g = HedgesG.Of(old, current, confidence);
        return new()
        {
            Feature = name,
            FromWindows = from.Length,
            ToWindows = to.Length,
            T = t.T,
            DegreesOfFreedom = t.DegreesOfFreedom,
            TP = t.P,
            U = u.U,
            UP = u.P,
            HedgesG = g.G,
            HedgesGLow = g.Low,
            HedgesGHigh = g.High,
        };
    }
}
