using Dendrite.Errors;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage.Operations;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Refuses what would not fit in one answer, before it is computed.</summary>
internal static class ComparisonSize
{
    /// <summary>Both sides' measures, correlation, and a remark without the names in it.</summary>
    private const int PairBytes = 800;

    /// <summary>Eleven numbers of nine bytes and their frame.</summary>
    private const int TestBytes = 110;

    /// <summary>A power on either side, a coherence, and their frames.</summary>
    private const int BandBytes = 30;

    /// <exception cref="DendriteException">QUOTA_EXCEEDED, with how many pairs would fit.</exception>
    public static void Check(ExperimentComparison comparison)
    {
        var bands = comparison.Options.Bands.Select(band => band.Band).ToList();
        var names = WindowFeatures.NamesFor(bands);
        // A remark names what could not be tested, and of either side the bands that its rate does not reach.
        long remarked = names.Sum(ListedBytes) + (2L * bands.Sum(ListedBytes));
        long perPair = PairBytes + remarked + names.Sum(name => TestBytes + name.Length) + (BandBytes * bands.Count);
        long sizeBytes = comparison.CalculateSize() + (comparison.Channels.Count * perPair);
        if (sizeBytes > OperationResponse.MaxBytes)
        {
            throw DendriteException.OfField(
                ErrorReason.QuotaExceeded,
                "options.pairs",
                $"{comparison.Channels.Count} pairs of channels in {names.Count} figures do not fit in one answer; "
                    + $"give about {OperationResponse.MaxBytes / 2 / perPair} at once, with pairing GIVEN, or fewer "
                    + "bands"
            );
        }
    }

    /// <summary>Of a name with the comma before it.</summary>
    private static int ListedBytes(string name) => name.Length + 2;
}
