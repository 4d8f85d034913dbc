using Dendrite.V1;

namespace Dendrite.Reports.Sections;

/// <summary>Where something is, in words.</summary>
internal static class Sides
{
    public static string Of(DiffSide side) =>
        side switch
        {
            DiffSide.OnlyFrom => "− only from",
            DiffSide.OnlyTo => "+ only to",
            _ => "± differs",
        };
}
