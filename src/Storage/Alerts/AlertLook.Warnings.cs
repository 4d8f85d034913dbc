using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Alerts;

/// <summary>Warnings of retention, each of which the channels of a rule are told once.</summary>
public sealed partial class AlertLook
{
    /// <summary>Told with one message; what is more comes with the next look.</summary>
    private const int MaxWarnings = 10_000;

    /// <summary>
    /// Warnings that stand and that the rule has not told of, the first end first. One that nothing threatens any more,
    /// because its branch is gone or its owner extended it, is none. One round trip.
    /// </summary>
    public async Task<IReadOnlyList<StandingWarning>> ListWarningsAsync(
        AlertRuleRecord rule,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                SELECT n.branch_uid, b.name::text, b.owner, n.policy, n.due_time, n.warn_time
                FROM scheduling.retention_notice n
                JOIN branching.branch b ON b.project_id = n.project_id AND b.uid = n.branch_uid
                WHERE n.project_id = @project AND b.delete_time IS NULL
                    AND (b.expire_time IS NULL OR b.expire_time <= n.due_time)
                    AND NOT EXISTS (
                        SELECT FROM scheduling.retention_told t
                        WHERE t.project_id = n.project_id AND t.alert_rule_id = @rule
                            AND t.branch_uid = n.branch_uid AND t.due_time = n.due_time)
                ORDER BY n.due_time, b.name LIMIT @limit
                """
            )
            .With("project", session.Project.Value)
            .With("rule", rule.Id)
            .With("limit", MaxWarnings);
        return await batch.ReadRowsAsync(ReadWarning, cancellationToken);
    }

    /// <summary>Remembers that the rule has told of warnings.</summary>
    public void MarkTold(AlertRuleRecord rule, IReadOnlyCollection<StandingWarning> warnings) =>
        writes
            .Add(
                """
                INSERT INTO scheduling.retention_told (project_id, alert_rule_id, branch_uid, due_time)
                SELECT @project, @rule, told.branch, told.due FROM unnest(@branches, @dues) AS told (branch, due)
                ON CONFLICT (project_id, alert_rule_id, branch_uid) DO UPDATE SET due_time = excluded.due_time
                """
            )
            .With("project", session.Project.Value)
            .With("rule", rule.Id)
            .With("branches", warnings.Select(warning => warning.BranchUid).ToArray())
            .With(
                "dues",
                NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
                warnings.Select(warning => warning.Due).ToArray()
            );

    private static StandingWarning ReadWarning(NpgsqlDataReader row) =>
        new(row.GetGuid(0), row.GetString(1))
        {
            Owner = row.GetString(2),
            Policy = row.GetString(3),
            Due = row.GetFieldValue<DateTimeOffset>(4),
            WarnTime = row.GetFieldValue<DateTimeOffset>(5),
        };
}

/// <summary>A warning that a branch goes unless it is extended.</summary>
/// <param name="BranchId">What it is called now.</param>
public sealed record StandingWarning(Guid BranchUid, string BranchId)
{
    public string Owner { get; init; } = "";

    /// <summary>The policy that decides; empty: the branch's own expiry.</summary>
    public string Policy { get; init; } = "";

    /// <summary>When it goes.</summary>
    public DateTimeOffset Due { get; init; }

    public DateTimeOffset WarnTime { get; init; }
}
