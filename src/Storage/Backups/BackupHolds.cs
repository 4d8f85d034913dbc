using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Backups;

/// <summary>
/// Holds the states of branches and tags of one instant for as long as a backup needs them, across crashes: whatever is
/// deleted or purged meanwhile, what they see stays. Thread-safe.
/// </summary>
public sealed class BackupHolds(PlatformDatabase database)
{
    /// <summary>
    /// Holds the states as they are now; where the backup holds some already, nothing more. One round trip.
    /// </summary>
    /// <param name="branches">Ids; those that are gone are left out.</param>
    public async Task HoldAsync(
        ProjectId project,
        BackupKey backup,
        IReadOnlyCollection<string> branches,
        IReadOnlyCollection<string> tags,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add("SELECT scheduling.hold_states(@plan, @name, @branches, @tags)")
            .With("plan", backup.Plan)
            .With("name", backup.Name)
            .With("branches", branches.ToArray())
            .With("tags", tags.ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// What is held, and the timelines that it sees, those that were absorbed included. One round trip and one
    /// statement, so a timeline that is absorbed in this moment is named or implied, and never both or neither.
    /// </summary>
    public async Task<(IReadOnlyList<HeldState> States, IReadOnlyList<HeldLine> Lines)> ReadAsync(
        ProjectId project,
        BackupKey backup,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        BackupStore.About(batch.Add(States), project, backup);
        var rows = await batch.ReadRowsAsync(ReadState, cancellationToken);
        var lines = new SortedDictionary<long, HeldLine>();
        foreach (var line in rows.SelectMany(row => row.Lines))
        {
            var known = lines.GetValueOrDefault(line.Timeline.Value);
            lines[line.Timeline.Value] = known is null || known.Through < line.Through ? line : known;
        }

        return ([.. rows.Select(row => row.State)], [.. lines.Values]);
    }

    private const string States = """
        SELECT h.resource_kind, h.resource_name, h.source_timeline_id, h.version, h.descriptor::text,
            coalesce(vector.owners, '{}'), coalesce(vector.since, '{}'), coalesce(vector.through, '{}'),
            coalesce(lines.timelines, '{}'), coalesce(lines.starts, '{}'), coalesce(lines.through, '{}'),
            coalesce(lines.absorbed_into, '{}'), coalesce(lines.absorbed_at, '{}')
        FROM scheduling.backup_hold h
        CROSS JOIN LATERAL (
            SELECT array_agg(e.owner_timeline_id) AS owners, array_agg(e.since_version) AS since,
                array_agg(e.through_version) AS through
            FROM branching.vector_entry e
            WHERE e.project_id = @project AND e.timeline_id = h.hold_timeline_id
        ) AS vector
        CROSS JOIN LATERAL (
            SELECT array_agg(seen.timeline_id) AS timelines,
                array_agg(coalesce(t.start_version, h.version)) AS starts, array_agg(seen.through_version) AS through,
                array_agg(coalesce(t.absorbed_into_timeline_id, 0)) AS absorbed_into,
                array_agg(coalesce(t.absorbed_at_version, 0)) AS absorbed_at
            FROM (
                SELECT * FROM branching.seen(vector.owners, vector.through)
                UNION ALL
                -- One without commits of its own is seen by nobody, and the branch points at it all the same.
                SELECT h.source_timeline_id, 0 WHERE h.source_timeline_id <> ALL (coalesce(vector.owners, '{}'))
            ) AS seen (timeline_id, through_version)
            -- A tag may outlive its own, which had no commits and was removed: it began where the tag is.
            LEFT JOIN branching.timeline t ON t.project_id = @project AND t.timeline_id = seen.timeline_id
        ) AS lines
        WHERE h.project_id = @project AND h.plan_name = @plan AND h.backup_name = @name
        ORDER BY h.resource_kind, h.resource_name
        """;

    private static (HeldState State, HeldLine[] Lines) ReadState(NpgsqlDataReader row)
    {
        var (owners, since, through) = (Longs(row, 5), Longs(row, 6), Longs(row, 7));
        var state = new HeldState(row.GetString(0), row.GetString(1), new(row.GetInt64(2)), new(row.GetInt64(3)))
        {
            DescriptorJson = row.GetString(4),
            Entries =
            [
                .. owners.Select(
                    (owner, i) => new HeldEntry(new TimelineId(owner), new(since[i]), new CommitVersion(through[i]))
                ),
            ],
        };
        var (timelines, starts, reach) = (Longs(row, 8), Longs(row, 9), Longs(row, 10));
        var (into, at) = (Longs(row, 11), Longs(row, 12));
        var lines = timelines.Select(
            (timeline, i) =>
                new HeldLine(new(timeline), new(starts[i]), new(reach[i]))
                {
                    AbsorbedInto = into[i] == 0 ? null : new TimelineId(into[i]),
                    AbsorbedAt = into[i] == 0 ? null : new CommitVersion(at[i]),
                }
        );
        return (state, [.. lines]);
    }

    private static long[] Longs(NpgsqlDataReader row, int ordinal) => row.GetFieldValue<long[]>(ordinal);
}
