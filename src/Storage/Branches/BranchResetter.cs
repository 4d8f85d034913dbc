using System.Buffers.Binary;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>
/// Takes branches back to one of their states. Nothing is taken away: the branch points at a new timeline, forked from
/// that state, and the old one is sealed and kept. A state that a reset left behind is one of the branch's too, so a
/// reset is undone by another.
/// </summary>
/// <remarks>
/// <code>
/// timeline 2   ──1──2──3──4   sealed 'reset', head 4          reset to 2, then written, then reset to 4:
/// timeline 3         \──5──6  sealed 'reset', head 6          3 begins with {2:2}
/// timeline 4               4\──►                              4 begins with {2:4}; 5 and 6 are kept, not seen
/// </code>
/// </remarks>
public sealed class BranchResetter(
    PlatformDatabase database,
    SnapshotReader snapshots,
    BranchStore branches,
    BranchWriter writer,
    IdempotencyStore requests
)
{
    /// <summary>
    /// Resets a branch, after a commit that is under way. Who writes to it then is told to open it again. One round
    /// trip, one more for an instant.
    /// </summary>
    /// <param name="point">The state, one of any line that the branch ever had.</param>
    /// <exception cref="DendriteException">
    /// BRANCH_NOT_FOUND, BRANCH_PROTECTED, BRANCH_NOT_WRITABLE (archived), ETAG_MISMATCH, COMMIT_NOT_FOUND,
    /// TAG_NOT_FOUND, INVALID_ARGUMENT: a tag of another state; REQUEST_ID_REUSED.
    /// </exception>
    public async Task<ResetBranch> ResetAsync(
        ProjectId project,
        BranchTarget target,
        SnapshotPoint point,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var version = await snapshots.ResolveAsync(project, target.Name, point, cancellationToken);
            await using var batch = database.CreateBatch(project);
            var command = batch
                .Add(ResetSql(point))
                .With("project", project.Value)
                .With("parent", target.Name)
                .With("revision", NpgsqlDbType.Bigint, target.Revision)
                .With("version", NpgsqlDbType.Bigint, version?.Value)
                .With("tag", NpgsqlDbType.Text, (point as SnapshotPoint.AtTag)?.Tag);
            IdempotencyStore.WithMutation(command, mutation);
            if (await batch.ReadRowAsync(ReadReset, cancellationToken) is { } reset)
            {
                return reset;
            }
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // Done before, and undone just now: answered below.
        }

        return await FindDoneAsync(project, mutation, cancellationToken)
            ?? throw await WhyNotAsync(project, target, point, cancellationToken);
    }

    private static string ResetSql(SnapshotPoint point) =>
        $"""
            WITH {SourceSql.OfPast(point)}, target AS (
                SELECT b.branch_id, b.timeline_id FROM branching.branch b
                WHERE b.project_id = @project AND b.name = @parent AND (@revision IS NULL OR b.revision = @revision)
                    AND b.delete_time IS NULL AND b.archive_time IS NULL AND NOT b.protected
                FOR UPDATE
            ), sealed AS (
                -- The head that the last writer left: the update waits for it and reads what it wrote.
                UPDATE branching.timeline t SET seal = 'reset' FROM target, point
                WHERE t.project_id = @project AND t.timeline_id = target.timeline_id
                RETURNING t.head_version
            ), made AS (
                SELECT nextval('branching.timeline_timeline_id_seq') AS timeline_id FROM sealed
            ), b AS (
                UPDATE branching.branch branch
                SET timeline_id = made.timeline_id, update_time = statement_timestamp(), revision = revision + 1
                FROM made, target
                WHERE branch.project_id = @project AND branch.branch_id = target.branch_id
                RETURNING branch.*
            ), t AS (
                INSERT INTO branching.timeline (
                    project_id, timeline_id, branch_id, parent_timeline_id,
                    start_version, head_version, head_hash, head_time)
                OVERRIDING SYSTEM VALUE
                SELECT @project, b.timeline_id, b.branch_id, point.timeline_id,
                    point.version, point.version, point.hash, point.time
                FROM b, point
                RETURNING *
            ), entries AS (
                INSERT INTO branching.vector_entry (
                    project_id, timeline_id, owner_timeline_id, since_version, through_version)
                SELECT @project, b.timeline_id, seen.owner_timeline_id, seen.since_version, seen.through_version
                FROM b, seen
            ), changed AS (
                SELECT int8send(b.branch_id) || int8send(sealed.head_version) AS outcome FROM b, sealed
            ), {IdempotencyStore.Recording}
            SELECT {BranchRow.Columns}, sealed.head_version
            FROM sealed, t, b
            {BranchRow.JoinParent}
            """;

    private static ResetBranch ReadReset(NpgsqlDataReader reader) =>
        new(BranchRow.Read(reader), new(reader.GetInt64(reader.FieldCount - 1)));

    private async Task<ResetBranch?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        if (
            await requests.FindAsync(project, mutation, cancellationToken) is not { } outcome
            || await writer.FindDoneAsync(project, mutation, cancellationToken) is not { } branch
        )
        {
            return null;
        }

        return new(branch, new(BinaryPrimitives.ReadInt64BigEndian(outcome.AsSpan(sizeof(long)))));
    }

    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        BranchTarget target,
        SnapshotPoint point,
        CancellationToken cancellationToken
    )
    {
        var branch = await branches.GetAsync(project, target.Name, cancellationToken);
        if (branch.Protected)
        {
            return new(
                ErrorReason.BranchProtected,
                $"Branch '{branch.Name}' is protected and cannot be reset; unprotect it first."
            );
        }

        return branch.State switch
        {
            BranchState.Deleted => new(
                ErrorReason.BranchNotFound,
                $"Branch '{branch.Name}' is deleted; undelete it first."
            ),
            BranchState.Archived => new(
                ErrorReason.BranchNotWritable,
                $"Branch '{branch.Name}' is archived and stays as it is; unarchive it first."
            ),
            _ when target.Revision is { } revision && revision != branch.Revision => new(
                ErrorReason.EtagMismatch,
                $"Branch '{branch.Name}' was changed since its etag was read; read it again and retry."
            ),
            _ when point is SnapshotPoint.AtTag tagged => await WhyNotAsync(
                project,
                (branch.Name, tagged),
                cancellationToken
            ),
            _ => await snapshots.WhyNotAsync(project, target.Name, point, cancellationToken),
        };
    }

    /// <summary>Why a branch that can be reset was not, to a tag. Two round trips.</summary>
    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        (string Branch, SnapshotPoint.AtTag Tag) wanted,
        CancellationToken cancellationToken
    )
    {
        var reason = await snapshots.WhyNotAsync(project, wanted.Branch, wanted.Tag, cancellationToken);
        await using var batch = database.CreateBatch(project);
        batch
            .Add($"WITH {SourceSql.OfPast(wanted.Tag)} SELECT version FROM point")
            .With("project", project.Value)
            .With("parent", wanted.Branch)
            .With("tag", wanted.Tag.Tag);
        var isThere = (await batch.ReadRowsAsync(row => row.GetInt64(0), cancellationToken)).Count > 0;
        return isThere || reason.Reason == ErrorReason.TagNotFound
            ? reason
            : DendriteException.Invalid(
                "point.tag",
                $"'{wanted.Tag.Tag}' is of a state that branch '{wanted.Branch}' never had: give a tag of its own, or "
                    + "fork a branch from this one"
            );
    }
}

/// <summary>A branch after a reset.</summary>
/// <param name="PreviousVersion">Its head before: resetting to it undoes the reset.</param>
public sealed record ResetBranch(BranchRecord Branch, CommitVersion PreviousVersion);
