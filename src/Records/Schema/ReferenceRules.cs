using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>What a reference asks of the dataset that it points at.</summary>
public static class ReferenceRules
{
    /// <summary>
    /// Why a reference cannot point at a dataset, to follow the constraint's name; null where it can.
    /// </summary>
    public static string? ProblemOf(ReferenceConstraint constraint, DatasetDefinition from, DatasetDefinition to)
    {
        var types = constraint.Columns.Select(number => from.Find(number)!.Type).ToList();
        var wanted = to.KeyTypes;
        if (types.Count != wanted.Length)
        {
            return $"has {types.Count} columns, and the key of {constraint.DatasetId} has {wanted.Length}";
        }

        for (var i = 0; i < types.Count; i++)
        {
            // Text and enum have the same keys.
            if (types[i] != wanted[i] && !(types[i].IsText() && wanted[i].IsText()))
            {
                var key = $"column {i + 1} of the key of {constraint.DatasetId}";
                return $"compares {types[i].Name()} with {wanted[i].Name()} in {key}";
            }
        }

        return null;
    }
}
