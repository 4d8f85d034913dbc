using Dendrite.Contracts.Filters;
using Dendrite.Contracts.Names;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Filtering;

namespace Dendrite.BranchService.History;

/// <summary>What commits are listed by.</summary>
internal static class CommitFilter
{
    private const string Known = "author, commit_time, kind, version and stream";

    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["APPEND"] = "append",
        ["WRITE"] = "write",
        ["MERGE"] = "merge",
        ["REVERT"] = "revert",
        ["PICK"] = "pick",
    };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter) => FilterMapping.Map(filter, Read);

    private static RowCondition Read(FilterComparison comparison) =>
        comparison.Field.Name switch
        {
            "author" => FilterMapping.Text(comparison, CommitFields.Author),
            "commit_time" => FilterMapping.Instant(comparison, CommitFields.Time),
            "kind" => FilterMapping.OneOf(comparison, CommitFields.Kind, Kinds),
            "version" => FilterMapping.Number(comparison, CommitFields.Version),
            "stream" => Stream(comparison),
            _ => throw FilterError.UnknownField(comparison.Field, Known),
        };

    /// <summary>A stream by its id, or by its resource name in any branch.</summary>
    private static RowCondition Stream(FilterComparison comparison)
    {
        var text = comparison.Value.ToText();
        var id = StreamName.TryParse(text, out var name) ? name.Stream : text;
        var wrote = RowCondition.Compare(CommitFields.Wrote(id), RowComparison.Equal, true);
        return comparison.Operator switch
        {
            FilterOperator.Equal or FilterOperator.Has => wrote,
            FilterOperator.NotEqual => RowCondition.Not(wrote),
            _ => throw FilterError.BadOperator(comparison, "=, != or :"),
        };
    }
}
