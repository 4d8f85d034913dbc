using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Retention;

/// <summary>The columns of a policy in every query, how they are read, and how a change is written.</summary>
internal static class RetentionPolicyRow
{
    /// <summary>Of <c>p</c>.</summary>
    public const string Columns = """
        p.retention_policy_id, p.name, p.revision, p.display_name, p.filter, p.basis, p.keep, p.warn_before,
        p.purge_after, p.include_tagged, p.disabled, p.create_time, p.update_time
        """;

    public static readonly NamedTable<RetentionPolicyRecord> Table = new(
        "Retention policy",
        "scheduling.retention_policy",
        "p",
        "retention_policy_id",
        Columns,
        Read
    )
    {
        NameConstraint = "retention_policy_name_is_taken",
        NoSuch = RetentionPolicyStore.NoSuchPolicy,
        Full =
            $"The project has {RetentionPolicyStore.MaxPolicies} retention policies already; delete one that nobody "
            + "needs.",
    };

    private static readonly (RetentionStart Start, string Name)[] Starts =
    [
        (RetentionStart.CreateTime, "create_time"),
        (RetentionStart.HeadTime, "head_time"),
        (RetentionStart.ExperimentEnd, "experiment_end"),
        (RetentionStart.ExpireTime, "expire_time"),
    ];

    public static RetentionPolicyRecord Read(NpgsqlDataReader row)
    {
        var basis = row.GetString(5);
        return new(row.GetInt64(0), row.GetString(1))
        {
            Revision = row.GetInt64(2),
            DisplayName = row.GetString(3),
            Filter = row.GetString(4),
            Basis = Array.Find(Starts, start => start.Name == basis).Start,
            Keep = row.GetTimeSpan(6),
            WarnBefore = row.IsDBNull(7) ? null : row.GetTimeSpan(7),
            PurgeAfter = row.GetTimeSpan(8),
            IncludeTagged = row.GetBoolean(9),
            IsDisabled = row.GetBoolean(10),
            CreateTime = row.GetFieldValue<DateTimeOffset>(11),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(12),
        };
    }

    public static NpgsqlBatchCommand WithFields(NpgsqlBatchCommand command, RetentionPolicyChange fields) =>
        command
            .With("display_name", NpgsqlDbType.Text, fields.DisplayName)
            .With("filter", NpgsqlDbType.Text, fields.Filter)
            .With("basis", NpgsqlDbType.Text, fields.Basis is { } basis ? NameOf(basis) : null)
            .With("keep", NpgsqlDbType.Interval, fields.Keep)
            .With("warn_before", NpgsqlDbType.Interval, fields.WarnBefore)
            .With("purge_after", NpgsqlDbType.Interval, fields.PurgeAfter)
            .With("include_tagged", NpgsqlDbType.Boolean, fields.IncludeTagged)
            .With("disabled", NpgsqlDbType.Boolean, fields.IsDisabled);

    private static string NameOf(RetentionStart basis) => Array.Find(Starts, start => start.Start == basis).Name;
}
