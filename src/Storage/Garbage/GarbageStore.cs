using Dendrite.Errors;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Garbage;

/// <summary>
/// The steps that remove what nobody sees: purge, absorb, judge, sweep. Each is a transaction of its own and bounded;
/// any may be repeated, cut off, or run by several replicas at once. For the scheduler. Thread-safe.
/// </summary>
/// <remarks>
/// <see cref="JudgeAsync"/> and <see cref="AbsorbAsync"/> take the lock of the project's vectors alone, for
/// milliseconds; where somebody adds to a vector for longer than that, they do nothing and say so.
/// </remarks>
public sealed class GarbageStore(PlatformDatabase database)
{
    /// <summary>How many deleted branches a purge would remove. One round trip.</summary>
    public async Task<long> CountDueAsync(ProjectId project, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT count(*) FROM branching.branch
                WHERE project_id = @project AND purge_time <= clock_timestamp() AND NOT protected
                """
            )
            .With("project", project.Value);
        var counts = await batch.ReadRowsAsync(row => row.GetInt64(0), cancellation);
        return counts.Single();
    }

    /// <summary>Removes deleted branches whose purge time has passed. One round trip.</summary>
    /// <param name="limit">At most so many.</param>
    /// <param name="actor">Who, for the audit.</param>
    /// <returns>What was removed.</returns>
    public async Task<IReadOnlyList<PurgedBranch>> PurgeAsync(
        ProjectId project,
        int limit,
        string actor,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add("SELECT branch_id, name FROM branching.purge(@limit, @actor)")
            .With("limit", limit)
            .With("actor", actor);
        return await batch.ReadRowsAsync(row => new PurgedBranch(new(row.GetInt64(0)), row.GetString(1)), cancellation);
    }

    /// <summary>
    /// Absorbs timelines that were merged whole and whose branch was purged: vectors name them no more. One round trip.
    /// </summary>
    /// <param name="after">Only timelines after this one: <see cref="GarbageStep.Last"/> of the step before.</param>
    /// <param name="limit">How many to look at.</param>
    public Task<GarbageStep> AbsorbAsync(
        ProjectId project,
        TimelineId after,
        int limit,
        CancellationToken cancellation
    ) =>
        StepAsync(
            project,
            "SELECT absorbed, 0::bigint, last_timeline_id FROM branching.absorb(@after, @limit)",
            command => command.With("after", after.Value).With("limit", limit),
            cancellation
        );

    /// <summary>Finds what nobody sees of purged timelines; from then on nobody can. One round trip.</summary>
    /// <param name="after">Only timelines after this one: <see cref="GarbageStep.Last"/> of the step before.</param>
    /// <param name="limit">How many to look at.</param>
    /// <param name="grace">
    /// Only what was found to be seen by nobody longer ago, so that reads that began before can end.
    /// </param>
    public Task<GarbageStep> JudgeAsync(
        ProjectId project,
        TimelineId after,
        int limit,
        TimeSpan grace,
        CancellationToken cancellation
    ) =>
        StepAsync(
            project,
            "SELECT doomed, trimmed, last_timeline_id FROM branching.judge(@after, @limit, @grace)",
            command => command.With("after", after.Value).With("limit", limit).With("grace", grace),
            cancellation
        );

    /// <summary>Removes rows of one timeline that was judged. One round trip.</summary>
    /// <param name="rows">At most so many.</param>
    /// <returns>Null where nothing is left to remove.</returns>
    public async Task<SweptTimeline?> SweepAsync(ProjectId project, int rows, CancellationToken cancellation)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT timeline_id, removed_rows, removed_bytes, finished FROM branching.sweep(@rows)
                WHERE timeline_id IS NOT NULL
                """
            )
            .With("rows", rows);
        return await batch.ReadRowAsync(
            row => new SweptTimeline(new(row.GetInt64(0)), row.GetInt64(1), row.GetInt64(2), row.GetBoolean(3)),
            cancellation
        );
    }

    private async Task<GarbageStep> StepAsync(
        ProjectId project,
        string sql,
        Action<NpgsqlBatchCommand> addParameters,
        CancellationToken cancellation
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            addParameters(batch.Add(sql));
            var steps = await batch.ReadRowsAsync(
                row => new GarbageStep(
                    row.GetInt64(0),
                    row.GetInt64(1),
                    row.IsDBNull(2) ? null : new(row.GetInt64(2)),
                    WasBusy: false
                ),
                cancellation
            );
            return steps.Single();
        }
        catch (DendriteException busy)
            when (busy.InnerException is PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable })
        {
            return new(0, 0, null, WasBusy: true);
        }
    }
}
