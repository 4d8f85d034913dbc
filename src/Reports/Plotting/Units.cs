using Dendrite.Reports.Text;

namespace Dendrite.Reports.Plotting;

/// <summary>How units are written.</summary>
internal static class Units
{
    private const int Length = 16;

    /// <summary>A channel's unit; one that is not known is said to be so.</summary>
    public static string Of(string unit) => unit.Length == 0 ? "unit not given" : Words.Short(unit, Length);

    /// <summary>Of powers.</summary>
    public static string Squared(string unit) => unit.Length == 0 ? "unit not given" : Square(unit);

    /// <summary>Of power spectral densities.</summary>
    public static string Density(string unit) => unit.Length == 0 ? "unit not given" : $"{Square(unit)}/Hz";

    private static string Square(string unit) => $"{Words.Short(unit, Length)}²";
}
