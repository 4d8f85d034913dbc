using Dendrite.Reports.Document;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>A band's power on both sides, in per cent of the old side's mean.</summary>
/// <param name="From">Null where the old side has no mean above 0: then there is nothing to compare with.</param>
/// <param name="To">Null where the new side has no mean, or the old one has none.</param>
/// <param name="Reference">The old side's mean, for people.</param>
internal sealed record BandRow(string Band, BandEstimate? From, BandEstimate? To, string Reference)
{
    /// <summary>Whatever has to be on the axis.</summary>
    public IEnumerable<double> Ends =>
        new[] { From, To }.OfType<BandEstimate>().SelectMany(estimate => new[] { estimate.Mean, estimate.High });

    public static BandRow Of(string band, BandEstimate? from, BandEstimate? to)
    {
        if (from is not { Mean: > 0 } || !double.IsFinite(from.Mean))
        {
            return new(band, null, null, Numbers.None);
        }

        var scaled = to is not null && double.IsFinite(to.Mean) ? Scale(to, from.Mean) : null;
        return new(band, Scale(from, from.Mean), scaled, Numbers.Value(from.Mean));
    }

    public string Describe(string unit) =>
        From is null ? $"{Words.Short(Band)}: nothing to compare with"
        : To is null ? $"{Words.Short(Band)}: {Reference} {unit}, and nothing on the new side"
        : $"{Words.Short(Band)}: {Numbers.Value(To.Mean)} % ({Numbers.Value(To.Low)} to {Numbers.Value(To.High)} %) "
            + $"of {Reference} {unit}";

    // A power is not below 0, and an interval of few windows may be.
    private static BandEstimate Scale(BandEstimate estimate, double reference) =>
        new(
            estimate.Mean / reference * 100,
            Math.Max(0, estimate.Low / reference * 100),
            estimate.High / reference * 100,
            estimate.Windows
        );
}
