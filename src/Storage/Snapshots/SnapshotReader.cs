using Dendrite.Errors;
using Dendrite.Storage.Branches;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Snapshots;

/// <summary>Finds what a branch sees. All of it comes from the vector: no data is read.</summary>
public sealed class SnapshotReader(PlatformDatabase database)
{
    /// <summary>What the branch sees at the point. One round trip, of any point.</summary>
    /// <param name="branch">The branch's id within the project, such as <c>main</c>; not looked at for a tag.</param>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND: none of that name, or deleted; COMMIT_NOT_FOUND: no commit of that version in the branch's
    /// line; TAG_NOT_FOUND.
    /// </exception>
    public async Task<BranchSnapshot> ReadAsync(
        ProjectId project,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project).Use(PlannerSettings.Once);
        AddTo(batch, project, branch, point);
        return await batch.ReadAsync(
            (reader, token) => ReadResultAsync(reader, branch, point, token),
            cancellationToken
        );
    }

    /// <summary>
    /// The same of the branch of that number, whatever it is called now, and never of another that took its name. One
    /// round trip.
    /// </summary>
    /// <param name="branch">The name is for errors.</param>
    public async Task<BranchSnapshot> ReadByIdAsync(
        ProjectId project,
        (BranchId Id, string Name) branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project).Use(PlannerSettings.Once);
        AddTo(batch, project, "b.branch_id = @branch", command => command.With("branch", branch.Id.Value), point);
        return await batch.ReadAsync(
                (reader, token) => FindResultAsync(reader, branch.Name, point, token),
                cancellationToken
            ) ?? throw (point is SnapshotPoint.AtTag tagged ? NoSuchTag(tagged.Tag) : IsGone(branch.Name));
    }

    /// <summary>
    /// The command of a read by name, for a batch that reads more; see <see cref="ReadResultAsync"/>.
    /// </summary>
    public static void AddTo(ProjectBatch batch, ProjectId project, string branch, SnapshotPoint point) =>
        AddTo(batch, project, "b.name = @branch", command => command.With("branch", branch), point);

    private static void AddTo(
        ProjectBatch batch,
        ProjectId project,
        string condition,
        Action<NpgsqlBatchCommand> addBranch,
        SnapshotPoint point
    )
    {
        if (point is SnapshotPoint.AtTag tagged)
        {
            AddTagTo(batch, project, tagged.Tag);
            return;
        }

        var vector = point switch
        {
            SnapshotPoint.AtVersion => "branching.vector_as_of(b.timeline_id, @version)",
            SnapshotPoint.AtInstant =>
                "branching.vector_as_of(b.timeline_id, branching.version_at(b.timeline_id, @instant))",
            _ => "branching.vector_at_head(b.timeline_id)",
        };
        var command = batch
            .Add(
                $"""
                SELECT b.branch_id, b.timeline_id, v.owner_timeline_id, v.through_version, b.name,
                    {SnapshotSql.AbsorbedBefore("v.owner_timeline_id", "v.through_version")},
                    (SELECT t.name_revision FROM branching.timeline t
                    WHERE t.project_id = b.project_id AND t.timeline_id = b.timeline_id)
                FROM branching.branch b LEFT JOIN LATERAL {vector} v ON true
                WHERE b.project_id = @project AND {condition} AND b.delete_time IS NULL
                """
            )
            .With("project", project.Value);
        addBranch(command);
        _ = point switch
        {
            SnapshotPoint.AtVersion at => command.With("version", at.Version.Value),
            SnapshotPoint.AtInstant at => command.With("instant", NpgsqlDbType.TimestampTz, at.Instant),
            _ => command,
        };
    }

    private static void AddTagTo(ProjectBatch batch, ProjectId project, string tag) =>
        batch
            .Add(
                $"""
                SELECT g.branch_id, g.timeline_id, e.owner_timeline_id, max(e.through_version), b.name,
                    {SnapshotSql.AbsorbedBefore("e.owner_timeline_id", "max(e.through_version)")}, NULL::bigint
                FROM branching.tag g
                LEFT JOIN branching.tag_entry e ON e.project_id = g.project_id AND e.tag_id = g.tag_id
                LEFT JOIN branching.branch b ON b.project_id = g.project_id AND b.branch_id = g.branch_id
                WHERE g.project_id = @project AND g.name = @tag
                GROUP BY g.branch_id, g.timeline_id, e.owner_timeline_id, b.name
                """
            )
            .With("project", project.Value)
            .With("tag", tag);

    /// <summary>
    /// Reads the current result of a reader, which is that of
    /// <see cref="AddTo(ProjectBatch, ProjectId, string, SnapshotPoint)"/>.
    /// </summary>
    public static async Task<BranchSnapshot> ReadResultAsync(
        NpgsqlDataReader reader,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    ) =>
        await FindResultAsync(reader, branch, point, cancellationToken)
        ?? throw (point is SnapshotPoint.AtTag tagged ? NoSuchTag(tagged.Tag) : NoSuchBranch(branch));

    /// <summary>The same; null where there is no such branch or tag.</summary>
    private static async Task<BranchSnapshot?> FindResultAsync(
        NpgsqlDataReader reader,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        var entries = new List<SnapshotEntry>();
        (long Branch, long Timeline, string? Name, long? Revision)? ids = null;
        var absorbedBefore = CommitVersion.Zero.Value;
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.IsDBNull(4) ? null : reader.GetString(4);
            ids = (reader.GetInt64(0), reader.GetInt64(1), name, reader.IsDBNull(6) ? null : reader.GetInt64(6));
            if (!reader.IsDBNull(2))
            {
                entries.Add(new(new(reader.GetInt64(2)), new(reader.GetInt64(3))));
                absorbedBefore = Math.Max(absorbedBefore, reader.GetInt64(5));
            }
        }

        if (ids is not { } found)
        {
            return null;
        }

        var newest = entries.Count == 0 ? CommitVersion.Zero : entries.Max(entry => entry.Through);
        if (point is SnapshotPoint.AtVersion at && at.Version != newest)
        {
            throw NoSuchCommit(branch, at.Version);
        }

        return new(new(found.Branch), new(found.Timeline), newest, Snapshot.Of(entries))
        {
            Name = found.Name,
            AbsorbedBefore = new(absorbedBefore),
            NameRevision = found.Revision,
        };
    }

    /// <summary>
    /// The version that <see cref="SourceSql"/> asks for: null for the head and for a tag, which the statement itself
    /// reads. One round trip for an instant, otherwise none.
    /// </summary>
    internal async Task<CommitVersion?> ResolveAsync(
        ProjectId project,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    ) =>
        point switch
        {
            SnapshotPoint.AtVersion at => at.Version,
            SnapshotPoint.AtInstant => (await ReadAsync(project, branch, point, cancellationToken)).Version,
            _ => null,
        };

    /// <summary>Why <see cref="SourceSql"/> found no such state: reading the snapshot says it.</summary>
    internal async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        string branch,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await ReadAsync(project, branch, point, cancellationToken);
        }
        catch (DendriteException reason)
        {
            return reason;
        }

        return new(ErrorReason.Unavailable, $"Branch '{branch}' was being changed by others; try again.");
    }

    internal static DendriteException NoSuchTag(string tag) =>
        new(ErrorReason.TagNotFound, $"Tag '{tag}' does not exist; list the project's tags for those that do.");

    private static DendriteException NoSuchBranch(string branch) =>
        new(
            ErrorReason.BranchNotFound,
            $"Branch '{branch}' does not exist or is deleted; list the branches, or undelete it."
        );

    /// <summary>Of a branch that is known not only by its name.</summary>
    private static DendriteException IsGone(string branch) =>
        new(
            ErrorReason.BranchNotFound,
            $"Branch '{branch}' is deleted; undelete it while that can be done. A new branch of that name is another "
                + "one."
        );

    internal static DendriteException NoSuchCommit(string branch, CommitVersion version) =>
        new(
            ErrorReason.CommitNotFound,
            $"Branch '{branch}' has no commit {version} in its line; list its commits for those that it has."
        );
}
