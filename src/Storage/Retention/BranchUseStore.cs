using Dendrite.Storage.Scheduling;
using Dendrite.Storage.Signals;
using Npgsql;

namespace Dendrite.Storage.Retention;

/// <summary>
/// Looks up what is going on about branches: tags, writers, merges, runs, backups, backfills, warnings. Thread-safe.
/// </summary>
public sealed class BranchUseStore(PlatformDatabase database)
{
    /// <summary>
    /// Of each of these branches that is there, by uid. One round trip; the cost follows the number of branches, and
    /// merges, runs and operations that have not ended.
    /// </summary>
    /// <param name="now">By the caller's clock: of warnings that a clock gave which was ahead, nothing is said.</param>
    public async Task<IReadOnlyDictionary<Guid, BranchUse>> ReadAsync(
        ProjectId project,
        IReadOnlyCollection<string> names,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT b.uid,
                    (SELECT min(g.name) FROM branching.tag g
                        WHERE g.project_id = b.project_id AND g.branch_id = b.branch_id),
                    (SELECT min(coalesce(nullif(w.writer, ''), 'a gateway')) FROM signals.writer w
                        WHERE w.project_id = b.project_id AND w.timeline_id = b.timeline_id
                            AND {WriterStore.IsOpen("w")}),
                    (SELECT min(m.merge_id) FROM branching.merge m
                        WHERE m.project_id = b.project_id AND m.end_time IS NULL
                            AND b.branch_id IN (m.source_branch_id, m.target_branch_id)),
                    (SELECT min(r.job_name) FROM scheduling.run_branch r
                        JOIN scheduling.job_run run USING (project_id, job_name, run_id)
                        WHERE r.project_id = b.project_id AND r.branch_uid = b.uid AND run.end_time IS NULL),
                    n.due_time, n.warn_time,
                    (SELECT min(k.plan_name) FROM scheduling.backup_hold h
                        JOIN scheduling.backup k
                            ON (k.project_id, k.plan_name, k.name) = (h.project_id, h.plan_name, h.backup_name)
                        JOIN branching.operation o
                            ON (o.project_id, o.operation_id) = (k.project_id, k.operation_id)
                        WHERE h.project_id = b.project_id AND h.resource_kind = 'branch'
                            AND h.resource_name = b.name AND o.end_time IS NULL),
                    (SELECT min(s.name) FROM scheduling.sync_source s
                        JOIN branching.operation o
                            ON (o.project_id, o.operation_id) = (s.project_id, s.backfill_operation)
                        WHERE s.project_id = b.project_id AND o.end_time IS NULL
                            -- projects/lab/branches/study/datasets/weather
                            AND split_part(s.definition ->> 'dataset', '/', 4) = b.name)
                FROM branching.branch b
                LEFT JOIN scheduling.retention_notice n ON n.project_id = b.project_id AND n.branch_uid = b.uid
                    AND n.warn_time <= {SetBackStore.Present} + {SetBackStore.Apart}
                WHERE b.project_id = @project AND b.name = ANY (@names)
                """
            )
            .With("project", project.Value)
            .With("now", now)
            .With("hold", WriterStore.Hold)
            .With("names", names.ToArray());
        var found = await batch.ReadRowsAsync(Read, cancellationToken);
        return found.ToDictionary(use => use.Uid);
    }

    private static BranchUse Read(NpgsqlDataReader row) =>
        new(row.GetGuid(0))
        {
            Tag = row.IsDBNull(1) ? null : row.GetString(1),
            Writer = row.IsDBNull(2) ? null : row.GetString(2),
            OpenMerge = row.IsDBNull(3) ? null : row.GetInt64(3),
            Job = row.IsDBNull(4) ? null : row.GetString(4),
            Notice = row.IsDBNull(5)
                ? null
                : new(row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset>(6)),
            Backup = row.IsDBNull(7) ? null : row.GetString(7),
            Backfill = row.IsDBNull(8) ? null : row.GetString(8),
        };
}
