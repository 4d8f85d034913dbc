using System.Buffers.Binary;
using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>
/// Changes, deletes and restores branches. Each is one batch that also remembers the request and writes the audit:
/// one round trip, and two more only to answer a repeated request or to say why nothing was changed.
/// </summary>
/// <remarks>All throw BRANCH_NOT_FOUND, ETAG_MISMATCH where the branch has another revision than the caller asked for,
/// and REQUEST_ID_REUSED.</remarks>
public sealed class BranchWriter(PlatformDatabase database, BranchStore branches, IdempotencyStore requests)
{
    /// <summary>Changes the given fields and no other. A deleted branch is not found.</summary>
    public Task<BranchRecord> UpdateAsync(
        ProjectId project,
        BranchTarget target,
        BranchChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement(
                """
                display_name = coalesce(@display_name, display_name), description = coalesce(@description, description),
                kind = coalesce(@kind, kind), owner = coalesce(@new_owner, owner), labels = coalesce(@labels, labels),
                expire_time = CASE WHEN @sets_expire_time THEN @expire_time ELSE expire_time END
                """,
                "delete_time IS NULL"
            )
            {
                AddParameters = command =>
                    command
                        .With("display_name", NpgsqlDbType.Text, change.DisplayName)
                        .With("description", NpgsqlDbType.Text, change.Description)
                        .With("kind", NpgsqlDbType.Text, change.Kind?.ToString().ToLowerInvariant())
                        .With("new_owner", NpgsqlDbType.Text, change.Owner)
                        .With("labels", NpgsqlDbType.Jsonb, change.Labels is { } l ? JsonSerializer.Serialize(l) : null)
                        .With("sets_expire_time", change.SetsExpireTime)
                        .With("expire_time", NpgsqlDbType.TimestampTz, change.ExpireTime),
            },
            cancellationToken
        );

    /// <summary>
    /// Deletes a branch and closes it to writes, waiting for a commit under way. It can be restored until its purge
    /// time.
    /// </summary>
    /// <param name="retention">
    /// How long it can be restored; null: not at all, also where it was deleted before, and it is gone for every
    /// reader.
    /// </param>
    /// <returns>
    /// Null where the request was done before, and found no branch or the branch has been removed since.
    /// </returns>
    /// <exception cref="DendriteException">
    /// BRANCH_PROTECTED; BRANCH_NOT_FOUND also where it is deleted already, and where the mutation allows that, which
    /// remembers it; HEAD_MOVED: somebody committed since the target's head was read.
    /// </exception>
    public async Task<BranchRecord?> DeleteAsync(
        ProjectId project,
        BranchTarget target,
        TimeSpan? retention,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var done = await DoAsync(project, target, mutation, DeletionOf(target, retention), cancellationToken);
            return done.Branch;
        }
        catch (DendriteException missing) when (missing.Reason == ErrorReason.BranchNotFound && mutation.AllowsMissing)
        {
            // One that is deleted can be restored, and is what a repeated request is answered with then.
            var deleted = await branches.FindAsync(project, target.Name, cancellationToken);
            byte[] outcome = deleted is null ? [] : OutcomeOf(deleted);
            await requests.RememberUnchangedAsync(project, mutation, outcome, cancellationToken);
            throw;
        }
    }

    private static BranchStatement DeletionOf(BranchTarget target, TimeSpan? retention) =>
        new(
            """
            delete_time = coalesce(delete_time, statement_timestamp()),
            purge_time = statement_timestamp() + coalesce(@retention, interval '0')
            """,
            """
            NOT protected
                AND (delete_time IS NULL OR (@retention IS NULL AND purge_time > statement_timestamp()))
                AND (@head IS NULL OR EXISTS (
                    -- Locked, so that a commit under way ends first and its version is the one compared.
                    SELECT FROM branching.timeline t
                    WHERE t.project_id = branch.project_id AND t.timeline_id = branch.timeline_id
                        AND t.head_version = @head
                    FOR UPDATE))
            """
        )
        {
            OfTimeline = "seal = 'deleted'",
            // A purge takes what was deleted before as well.
            IsForDeleted = retention is null ? null : false,
            Refusal = branch =>
                branch.Protected
                    ? new(ErrorReason.BranchProtected, $"Branch '{branch.Name}' is protected and cannot be deleted.")
                : target.Head is { } head && head != branch.HeadVersion
                    ? new(
                        ErrorReason.HeadMoved,
                        $"Branch '{branch.Name}' stands at version {branch.HeadVersion.Value} and no longer at "
                            + $"{head.Value}: somebody is at work on it. Read it again and decide anew."
                    )
                : null,
            AddParameters = command =>
                command
                    .With("retention", NpgsqlDbType.Interval, retention)
                    .With("head", NpgsqlDbType.Bigint, target.Head?.Value),
        };

    /// <summary>
    /// Restores a deleted branch. An expiry that has passed is taken off, or it would be deleted again at once.
    /// </summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS: the branch is not deleted.</exception>
    public Task<BranchRecord> UndeleteAsync(
        ProjectId project,
        BranchTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement(
                """
                delete_time = NULL, purge_time = NULL, restore_time = statement_timestamp(),
                expire_time = CASE WHEN expire_time > statement_timestamp() THEN expire_time END
                """,
                "delete_time IS NOT NULL AND purge_time > statement_timestamp()"
            )
            {
                OfTimeline = "seal = CASE WHEN b.archive_time IS NOT NULL THEN 'archived' END",
                IsForDeleted = true,
            },
            cancellationToken
        );

    /// <summary>The branch as the statement left or found it; of a repeated request as it is now.</summary>
    internal async Task<BranchRecord> ApplyAsync(
        ProjectId project,
        BranchTarget target,
        Mutation mutation,
        BranchStatement statement,
        CancellationToken cancellationToken
    )
    {
        var done = await DoAsync(project, target, mutation, statement, cancellationToken);
        return done.Branch ?? throw Gone(mutation);
    }

    private async Task<DoneRequest> DoAsync(
        ProjectId project,
        BranchTarget target,
        Mutation mutation,
        BranchStatement statement,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var batch = database.CreateBatch(project);
            statement.AddTo(batch, project, target, mutation);
            if (await batch.ReadRowAsync(BranchRow.Read, cancellationToken) is { } changed)
            {
                return new(changed);
            }
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // Done before, and undone just now: answered below.
        }

        if (await FindRequestAsync(project, mutation, cancellationToken) is { } done)
        {
            return done;
        }

        var branch = await branches.GetAsync(project, target.Name, cancellationToken);
        if (WhyNot(target, branch, statement) is { } reason)
        {
            throw reason;
        }

        await requests.RememberUnchangedAsync(project, mutation, OutcomeOf(branch), cancellationToken);
        return new(branch);
    }

    /// <summary>
    /// The branch that a repeated request is about, as it is now; null where the request was not done yet.
    /// </summary>
    /// <exception cref="DendriteException">BRANCH_NOT_FOUND: it was done, and the branch is removed.</exception>
    internal async Task<BranchRecord?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await FindRequestAsync(project, mutation, cancellationToken) is { } done
            ? done.Branch ?? throw Gone(mutation)
            : null;

    private async Task<DoneRequest?> FindRequestAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await requests.FindAsync(project, mutation, cancellationToken) switch
        {
            null => null,
            // A deletion that found no branch.
            [] => new(null),
            var outcome => new(await branches.FindAsync(project, ReadId(outcome), cancellationToken)),
        };

    private static BranchId ReadId(byte[] outcome) => new(BinaryPrimitives.ReadInt64BigEndian(outcome));

    /// <summary>What the statement remembers, for a branch that was as it shall be.</summary>
    private static byte[] OutcomeOf(BranchRecord branch)
    {
        var outcome = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(outcome, branch.Id.Value);
        return outcome;
    }

    private static DendriteException Gone(Mutation mutation) =>
        IdempotencyStore.Gone(ErrorReason.BranchNotFound, mutation);

    /// <summary>Why nothing was done; null where nothing had to be.</summary>
    private static DendriteException? WhyNot(BranchTarget target, BranchRecord branch, BranchStatement statement)
    {
        var isDeleted = branch.State == BranchState.Deleted;
        if (isDeleted && statement.IsForDeleted == false)
        {
            return new(ErrorReason.BranchNotFound, $"Branch '{branch.Name}' is deleted; undelete it first.");
        }

        if (!isDeleted && statement.IsForDeleted == true)
        {
            return new(
                ErrorReason.AlreadyExists,
                $"Branch '{branch.Name}' is not deleted: there is nothing to restore."
            );
        }

        if (target.Revision is { } revision && revision != branch.Revision)
        {
            return new(
                ErrorReason.EtagMismatch,
                $"Branch '{branch.Name}' was changed since its etag was read; read it again and retry."
            );
        }

        return statement.IsDone(branch) ? null : statement.Refusal(branch) ?? Busy(branch.Name);
    }

    internal static DendriteException Busy(string branch) =>
        new(ErrorReason.Unavailable, $"Branch '{branch}' was being changed by others; try again.");

    /// <param name="Branch">What it was about, as it is now; null: it is removed, or there was none.</param>
    private sealed record DoneRequest(BranchRecord? Branch);
}
