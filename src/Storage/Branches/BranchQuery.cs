using Dendrite.Storage.Filtering;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>Which branches to list.</summary>
/// <param name="Limit">At most so many.</param>
public sealed record BranchQuery(int Limit)
{
    /// <summary>Only branches after this place of the order; null for the first page.</summary>
    public RowPlace? After { get; init; }

    public RowOrder Order { get; init; } = RowOrder.ByName;

    public RowCondition Filter { get; init; } = RowCondition.All();

    public bool ShowDeleted { get; init; }
}

/// <summary>What lists of branches are filtered and ordered by.</summary>
public static class BranchListFields
{
    public static RowField Name { get; } = new("b.name", NpgsqlDbType.Text) { IsId = true };

    /// <summary><c>active</c>, <c>archived</c> or <c>deleted</c>.</summary>
    public static RowField State { get; } =
        new(
            """
            CASE WHEN b.delete_time IS NOT NULL THEN 'deleted' WHEN b.archive_time IS NOT NULL THEN 'archived'
                ELSE 'active' END
            """,
            NpgsqlDbType.Text
        );

    public static RowField Kind { get; } = new("b.kind", NpgsqlDbType.Text);

    public static RowField Owner { get; } = new("b.owner", NpgsqlDbType.Text);

    public static RowField IsProtected { get; } = new("b.protected", NpgsqlDbType.Boolean);

    /// <summary>Whether a tag names one of its states.</summary>
    public static RowField IsTagged { get; } =
        new(
            """
            EXISTS (SELECT FROM branching.tag g WHERE g.project_id = b.project_id AND g.branch_id = b.branch_id)
            """,
            NpgsqlDbType.Boolean
        );

    public static RowField ExperimentState { get; } = new("b.experiment_state", NpgsqlDbType.Text);

    public static RowField CreateTime { get; } = new("b.create_time", NpgsqlDbType.TimestampTz);

    public static RowField ExpireTime { get; } = new("b.expire_time", NpgsqlDbType.TimestampTz);

    /// <summary>The name of the branch it was forked from, as it is called now.</summary>
    public static RowField Parent { get; } = new("parent.name", NpgsqlDbType.Text);

    public static RowField Label(string key) => new("(b.labels ->> @key)", NpgsqlDbType.Text) { Key = key };

    public static RowOrder.Time ByCreateTime { get; } = new("b.create_time");

    public static RowOrder.Time ByUpdateTime { get; } = new("b.update_time");

    /// <summary>What never expires comes after everything: the last instant that there is.</summary>
    public static RowOrder.Time ByExpireTime { get; } =
        new("coalesce(b.expire_time, timestamptz '9999-12-31 23:59:59.999999Z')");
}
