using Dendrite.Contracts.Filters;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Filtering;

namespace Dendrite.BranchService.Branches;

/// <summary>What branches are listed by.</summary>
internal static class BranchFilter
{
    private const string Known = """
        branch_id, state, kind, owner, protected, tagged, labels.KEY, experiment.state, create_time, expire_time and
        fork_point.branch
        """;

    /// <summary>The last instant that is stored, to the microsecond: where what never expires stands.</summary>
    private static readonly DateTimeOffset Never = DateTimeOffset.MaxValue.AddTicks(
        -(DateTimeOffset.MaxValue.Ticks % TimeSpan.TicksPerMicrosecond)
    );

    private static readonly Dictionary<string, string> States = Named("ACTIVE", "ARCHIVED", "DELETED");
    private static readonly Dictionary<string, string> Kinds = Named(
        "MAIN",
        "EXPERIMENT",
        "TRIAL",
        "RESTORE",
        "SYSTEM"
    );
    private static readonly Dictionary<string, string> Outcomes = Named("RUNNING", "COMPLETED", "FAILED");

    public static IReadOnlyDictionary<string, RowOrder.Time> Times { get; } =
        new Dictionary<string, RowOrder.Time>
        {
            ["create_time"] = BranchListFields.ByCreateTime,
            ["update_time"] = BranchListFields.ByUpdateTime,
            ["expire_time"] = BranchListFields.ByExpireTime,
        };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, string project) =>
        FilterMapping.Map(filter, comparison => Read(comparison, $"projects/{project}/branches/"));

    /// <summary>
    /// Whether the filter asks for deleted branches by name, which shows them without being told to.
    /// </summary>
    public static bool AsksForDeleted(string filter) =>
        FilterMapping.Mentions(
            filter,
            comparison =>
                comparison is { Field.Name: "state", Operator: FilterOperator.Equal or FilterOperator.Has }
                && comparison.Value.Is("DELETED")
        );

    /// <summary>Where the branch stands in the order's time; null in an order by name.</summary>
    public static DateTimeOffset? PlaceIn(BranchRecord branch, string orderBy) =>
        orderBy.Split(' ', StringSplitOptions.RemoveEmptyEntries) switch
        {
            ["create_time", ..] => branch.CreateTime,
            ["update_time", ..] => branch.UpdateTime,
            ["expire_time", ..] => branch.ExpireTime ?? Never,
            _ => null,
        };

    private static RowCondition Read(FilterComparison comparison, string branches) =>
        comparison.Field.Name switch
        {
            "branch_id" => FilterMapping.OrderedName(comparison, BranchListFields.Name, branches),
            "state" => FilterMapping.OneOf(comparison, BranchListFields.State, States),
            "kind" => FilterMapping.OneOf(comparison, BranchListFields.Kind, Kinds),
            "owner" => FilterMapping.Text(comparison, BranchListFields.Owner),
            "protected" => FilterMapping.Boolean(comparison, BranchListFields.IsProtected),
            "tagged" => FilterMapping.Boolean(comparison, BranchListFields.IsTagged),
            "experiment.state" => FilterMapping.OneOf(comparison, BranchListFields.ExperimentState, Outcomes),
            "create_time" => FilterMapping.Instant(comparison, BranchListFields.CreateTime),
            "expire_time" => FilterMapping.Instant(comparison, BranchListFields.ExpireTime),
            "fork_point.branch" => FilterMapping.Name(comparison, BranchListFields.Parent, branches),
            _ => FilterMapping.Label(comparison, BranchListFields.Label)
                ?? throw FilterError.UnknownField(comparison.Field, Known.ReplaceLineEndings(" ")),
        };

    /// <summary>The contract's names with what is stored.</summary>
    private static Dictionary<string, string> Named(params string[] names) =>
        names.ToDictionary(name => name, name => name.ToLowerInvariant());
}
