using Dendrite.Errors;
using Dendrite.Signals.Analysis.Windows;
using Dendrite.Storage.Operations;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Experiments;

/// <summary>Refuses what would not fit in one answer, before it is computed.</summary>
internal static class ComparisonSize
{
    /// <summary>Both sides' measures, correlation, remark.</summary>
    private const int PairBytes = 800;

    /// <summary>Eleven numbers of nine bytes and their frame.</summary>
    private const int TestBytes = 110;

    /// <summary>A power on either side, a coherence, and their frames.</summary>
    private const int BandBytes = 30;

    /// <exception cref="DendriteException">QUOTA_EXCEEDED, with how many pairs would fit.</exception>
    public static void Check(ExperimentComparison comparison)
    {
        var names = WindowFeatures.NamesFor(comparison.Options.Bands.Select(band => band.Band));
        long perPair =
            PairBytes + names.Sum(name => TestBytes + name.Length) + (BandBytes * comparison.Options.Bands.Count);
        long sizeBytes = comparison.CalculateSize() + (comparison.Channels.Count * perPair);
        if (sizeBytes > OperationResponse.MaxBytes)
        {
            throw new DendriteException(
                ErrorReason.QuotaExceeded,
                $"options.pairs: {comparison.Channels.Count} pairs of channels in {names.Count} figures do not fit in "
                    + $"one answer; compare about {OperationResponse.MaxBytes / 2 / perPair} at once, with pairing "
                    + "GIVEN and options.pairs, or fewer options.bands"
            );
        }
    }
}
