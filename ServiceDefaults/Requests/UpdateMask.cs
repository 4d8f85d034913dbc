using Dendrite.Errors;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Which fields an update changes: those of the mask, and without one those that are set (AIP-134).</summary>
public static class UpdateMask
{
    /// <summary>Each path once, however often the mask names it: reading a field can be dear.</summary>
    /// <param name="updatable">The paths that may be changed, each with whether the request sets it.</param>
    /// <exception cref="DendriteException">INVALID_UPDATE_MASK: another path.</exception>
    public static IReadOnlyList<string> Paths(FieldMask? mask, IReadOnlyDictionary<string, bool> updatable)
    {
        if (mask is null)
        {
            return [.. updatable.Where(path => path.Value).Select(path => path.Key)];
        }

        foreach (var path in mask.Paths)
        {
            if (!updatable.ContainsKey(path))
            {
                var known = string.Join(", ", updatable.Keys);
                var problem = $"'{RequestFields.Excerpt(path)}' cannot be updated; these can: {known}";
                throw new DendriteException(ErrorReason.InvalidUpdateMask, $"update_mask: {problem}")
                {
                    FieldViolations = [new("update_mask", problem)],
                };
            }
        }

        return [.. mask.Paths.Distinct(StringComparer.Ordinal)];
    }
}
