using Dendrite.Errors;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Records;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Merging;

/// <summary>
/// Puts a merge into the target: entries of its vector for what the source sees further, the commit, and the few rows
/// where the union of both vectors is not the result. Nothing of the source is copied, so 10 GB of signals cost what
/// one row costs. Thread-safe.
/// </summary>
/// <remarks>
/// What to write was computed without locks at two heads. The transaction locks the target's timeline and does nothing
/// where its head has moved since; then the caller computes again. So of two merges into one branch one waits for the
/// other and is then computed anew: never is half of either seen. The source is not locked: what is merged is the state
/// of it that was read.
/// </remarks>
public sealed class MergeWriter(PlatformDatabase database)
{
    /// <summary>What the database says where the branch has moved on.</summary>
    private const string HeadMoved = "DN050";

    /// <summary>
    /// Begins the merge's transaction: commit, vector and rows, and nothing durable before
    /// <see cref="MergeTransaction.CommitAsync"/>. Two round trips; holds the target's timeline from here on.
    /// </summary>
    /// <returns>Null where the target has moved on: nothing was done.</returns>
    /// <exception cref="DendriteException">BRANCH_NOT_WRITABLE: the commit door refuses.</exception>
    public Task<MergeTransaction?> BeginAsync(
        ProjectId project,
        MergeHeads heads,
        MergeCommit commit,
        CancellationToken cancellationToken
    ) => BeginAsync(project, heads, commit, isScratch: false, cancellationToken);

    /// <summary>
    /// The same on a timeline of its own that stands where the target stands: to look at the merged state. No row that
    /// others write is locked, so neither side's writers wait, however long it is looked at. Never commit it.
    /// </summary>
    public Task<MergeTransaction?> TryOutAsync(
        ProjectId project,
        MergeHeads heads,
        MergeCommit commit,
        CancellationToken cancellationToken
    ) => BeginAsync(project, heads, commit, isScratch: true, cancellationToken);

    private async Task<MergeTransaction?> BeginAsync(
        ProjectId project,
        MergeHeads heads,
        MergeCommit commit,
        bool isScratch,
        CancellationToken cancellationToken
    )
    {
        var rows = RecordRows.Prepare(commit.Datasets, commit.Records);
        var session = await database.BeginAsync(project, cancellationToken);
        try
        {
            var timeline = isScratch
                ? await OpenScratchAsync(session, heads, cancellationToken)
                : heads.Target.Timeline;
            if (timeline is not { } line)
            {
                await session.DisposeAsync();
                return null;
            }

            var receipt = await WriteAsync(session, heads, line, (commit, rows), cancellationToken);
            var merged = heads.Union.Advance(line, receipt.Version);
            if (isScratch)
            {
                await MergedShadows.RestateAsync(session, line, heads.ViewOf(project), heads.Union, cancellationToken);
            }
            else
            {
                await MergedShadows.MarkAsync(session, heads.ViewOf(project), cancellationToken);
            }

            return new(session, line, receipt, merged);
        }
        catch (PostgresException moved) when (moved.SqlState == HeadMoved)
        {
            await session.DisposeAsync();
            return null;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private static async Task<TimelineId?> OpenScratchAsync(
        ProjectSession session,
        MergeHeads heads,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add("SELECT branching.scratch_timeline(@timeline, @head)")
            .With("timeline", heads.Target.Timeline.Value)
            .With("head", heads.Target.Version.Value);
        return await batch.ReadAsync(
            async (reader, token) =>
                await reader.ReadAsync(token) && !reader.IsDBNull(0)
                    ? (TimelineId?)new TimelineId(reader.GetInt64(0))
                    : null,
            cancellationToken
        );
    }

    private static async Task<CommitReceipt> WriteAsync(
        ProjectSession session,
        MergeHeads heads,
        TimelineId line,
        (MergeCommit Commit, RecordRows Rows) written,
        CancellationToken cancellationToken
    )
    {
        var (commit, rows) = written;
        var digest = MergeDigest.Compute(heads.Merged, rows.Digest, commit.Rows);
        await using var batch = session.CreateBatch();
        batch
            .Add("SELECT branching.expect_head(@timeline, @head)")
            .With("timeline", line.Value)
            .With("head", heads.Target.Version.Value);
        batch.Add(
            CommitDoor.CreateCommand(
                new(line, commit.Kind, commit.Author, commit.Message, digest) { Statistics = commit.Statistics }
            )
        );
        var isScratch = line != heads.Target.Timeline;
        AddVector(batch, session.Project, line, isScratch ? Snapshot.Empty : heads.Target.Snapshot, heads.Union);
        rows.AddTo(batch, session.Project, line, heads.Union);
        VersionedRow.AddTo(batch, session.Project, line.Value, commit.Rows);
        if (!isScratch)
        {
            AddMerged(batch, session.Project, heads, commit);
        }

        return await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                return await CommitDoor.ReadReceiptAsync(reader, token);
            },
            cancellationToken
        );
    }

    /// <summary>What was merged, for whoever verifies it, and the writers who must begin behind it.</summary>
    private static void AddMerged(ProjectBatch batch, ProjectId project, MergeHeads heads, MergeCommit commit)
    {
        if (heads.Merged.Entries.Any())
        {
            batch
                .Add(
                    $"""
                    INSERT INTO branching.merged_vector (project_id, timeline_id, version, owners, through)
                    VALUES (@project, @timeline, {CommitDoor.Version}, @owners, @through)
                    """
                )
                .With("project", project.Value)
                .With("timeline", heads.Target.Timeline.Value)
                .With(heads.Merged);
        }

        if (commit.MovedStreams.Count > 0)
        {
            batch
                .Add(
                    """
                    SELECT signals.fence_writers(@timeline, @streams),
                        signals.move_writers(@timeline, @streams, @owners, @through)
                    """
                )
                .With("timeline", heads.Target.Timeline.Value)
                .With("streams", commit.MovedStreams.ToArray())
                .With(heads.Union);
        }
    }

    /// <summary>
    /// Entries for what is seen further than before, since the merge's version: an entry is never changed, so the
    /// vector as of any version before stays what it was.
    /// </summary>
    private static void AddVector(
        ProjectBatch batch,
        ProjectId project,
        TimelineId line,
        Snapshot before,
        Snapshot union
    )
    {
        var further = union
            .Entries.Where(entry => entry.Timeline != line && entry.Through > before[entry.Timeline])
            .ToArray();
        if (further.Length == 0)
        {
            return;
        }

        batch
            .Add(
                $"""
                INSERT INTO branching.vector_entry (
                    project_id, timeline_id, owner_timeline_id, since_version, through_version)
                SELECT @project, @timeline, entry.owner, {CommitDoor.Version}, entry.through
                FROM unnest(@owners, @throughs) AS entry (owner, through)
                """
            )
            .With("project", project.Value)
            .With("timeline", line.Value)
            .With("owners", further.Select(entry => entry.Timeline.Value).ToArray())
            .With("throughs", further.Select(entry => entry.Through.Value).ToArray());
    }
}
