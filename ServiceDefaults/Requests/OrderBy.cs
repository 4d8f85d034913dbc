using Dendrite.Errors;
using Dendrite.Storage.Filtering;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>Reads <c>order_by</c> (AIP-132): one field, with <c> desc</c> for descending.</summary>
public static class OrderBy
{
    /// <param name="orderBy">As it came; empty: by name.</param>
    /// <param name="times">The times that the list can be ordered by.</param>
    /// <exception cref="DendriteException">INVALID_FILTER.</exception>
    public static RowOrder Read(string orderBy, IReadOnlyDictionary<string, RowOrder.Time> times)
    {
        var parts = orderBy.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
        {
            return RowOrder.ByName;
        }

        var descending = parts is [_, "desc"];
        if (parts is [_] or [_, "asc" or "desc"])
        {
            if (parts[0] == "name")
            {
                return new(null, descending);
            }

            if (times.TryGetValue(parts[0], out var time))
            {
                return new(time, descending);
            }
        }

        var known = string.Join(", ", times.Keys.Prepend("name"));
        var problem = $"'{RequestFields.Excerpt(orderBy)}' is no order; one of {known}, with ' desc' for descending";
        throw new DendriteException(ErrorReason.InvalidFilter, $"order_by: {problem}.")
        {
            FieldViolations = [new("order_by", problem)],
        };
    }
}
