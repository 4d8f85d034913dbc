using Dendrite.Contracts.Filters;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Tags;

namespace Dendrite.BranchService.Tags;

/// <summary>What tags are listed by.</summary>
internal static class TagFilter
{
    private const string Known = "tag_id, branch, version, creator, create_time and labels.KEY";

    public static IReadOnlyDictionary<string, RowOrder.Time> Times { get; } =
        new Dictionary<string, RowOrder.Time> { ["create_time"] = TagFields.ByCreateTime };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, string project) =>
        FilterMapping.Map(filter, comparison => Read(comparison, project));

    private static RowCondition Read(FilterComparison comparison, string project) =>
        comparison.Field.Name switch
        {
            "tag_id" => FilterMapping.Name(comparison, TagFields.Name, $"projects/{project}/tags/"),
            "branch" => FilterMapping.Name(comparison, TagFields.Branch, $"projects/{project}/branches/"),
            "version" => FilterMapping.Number(comparison, TagFields.Version),
            "creator" => FilterMapping.Text(comparison, TagFields.Creator),
            "create_time" => FilterMapping.Instant(comparison, TagFields.CreateTime),
            _ => FilterMapping.Label(comparison, TagFields.Label)
                ?? throw FilterError.UnknownField(comparison.Field, Known),
        };
}
