using Dendrite.Contracts.Filters;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>What merges are listed by.</summary>
internal static class MergeFilter
{
    private const string Known = "state, pair.source, pair.target, creator and create_time";

    private static readonly Dictionary<string, string> States = new(StringComparer.Ordinal)
    {
        ["WAITING"] = "waiting",
        ["READY"] = "ready",
        ["COMPLETED"] = "completed",
        ["ABANDONED"] = "abandoned",
    };

    /// <param name="project">The id in resource names.</param>
    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, string project)
    {
        var branches = $"projects/{project}/branches/";
        return FilterMapping.Map(
            filter,
            comparison =>
                comparison.Field.ToString() switch
                {
                    "state" => FilterMapping.OneOf(comparison, MergeFields.State, States),
                    "pair.source" => FilterMapping.Name(comparison, MergeFields.Source, branches),
                    "pair.target" => FilterMapping.Name(comparison, MergeFields.Target, branches),
                    "creator" => FilterMapping.Text(comparison, MergeFields.Creator),
                    "create_time" => FilterMapping.Instant(comparison, MergeFields.CreateTime),
                    _ => throw FilterError.UnknownField(comparison.Field, Known),
                }
        );
    }
}
