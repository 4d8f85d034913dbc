using Dendrite.Contracts.Filters;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Records;

/// <summary>The field <c>side</c> of filters.</summary>
internal static class DiffSides
{
    private static readonly Dictionary<string, DiffSide> Names = new(StringComparer.Ordinal)
    {
        ["ONLY_FROM"] = DiffSide.OnlyFrom,
        ["ONLY_TO"] = DiffSide.OnlyTo,
        ["CHANGED"] = DiffSide.Changed,
    };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static Func<DiffSide, bool> Read(FilterComparison comparison)
    {
        var wanted = comparison.Value.ToOneOf(Names);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => side => side == wanted,
            FilterOperator.NotEqual => side => side != wanted,
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }
}
