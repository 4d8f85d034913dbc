using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>
/// Forks branches: from a head or a version in one round trip, from an instant in two. The cost is the length of the
/// parent's vector; it does not depend on how much data there is, and the parent's writers do not wait.
/// </summary>
public sealed class BranchForker(PlatformDatabase database, SnapshotReader snapshots, BranchWriter writer)
{
    private const string NameConstraint = "branch_name_is_taken";

    /// <summary>Makes a branch.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS, also where a deleted branch has the name; BRANCH_NOT_FOUND or COMMIT_NOT_FOUND of the parent;
    /// REQUEST_ID_REUSED.
    /// </exception>
    public async Task<BranchRecord> CreateAsync(
        ProjectId project,
        NewBranch branch,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var version = await ResolveAsync(project, branch, cancellationToken);
            await using var batch = database.CreateBatch(project);
            AddFork(batch, project, branch, version, mutation);
            var created = await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
            return created ?? throw await WhyNotAsync(project, branch, cancellationToken);
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await writer.FindDoneAsync(project, mutation, cancellationToken) ?? throw Taken(branch, failure);
        }
    }

    /// <summary>
    /// Does and checks all that <see cref="CreateAsync"/> does, answers what it would have made, and undoes it.
    /// </summary>
    public async Task<BranchRecord> PreviewAsync(
        ProjectId project,
        NewBranch branch,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var version = await ResolveAsync(project, branch, cancellationToken);
            await using var session = await database.BeginAsync(project, cancellationToken);
            await using var batch = session.CreateBatch();
            AddFork(batch, project, branch, version, mutation);
            var created = await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
            return created ?? throw await WhyNotAsync(project, branch, cancellationToken);
        }
        catch (PostgresException failure) when (failure.IsTaken(NameConstraint))
        {
            throw Taken(branch, failure);
        }
    }

    private static void AddFork(
        ProjectBatch batch,
        ProjectId project,
        NewBranch branch,
        CommitVersion? version,
        Mutation mutation
    )
    {
        var command = batch
            .Add(BranchForkSql.Statement)
            .With("project", project.Value)
            .With("parent", branch.Parent)
            .With("version", NpgsqlDbType.Bigint, version?.Value)
            .With("name", branch.Name)
            .With("uid", branch.Uid)
            .With("kind", branch.Kind.ToString().ToLowerInvariant())
            .With("display_name", branch.DisplayName)
            .With("description", branch.Description)
            .With("labels", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(branch.Labels))
            .With("owner", branch.Owner)
            .With("expire_time", NpgsqlDbType.TimestampTz, branch.ExpireTime);
        IdempotencyStore.WithMutation(command, mutation);
    }

    /// <summary>The version to fork at; null for the head, which the statement itself reads.</summary>
    private async Task<CommitVersion?> ResolveAsync(
        ProjectId project,
        NewBranch branch,
        CancellationToken cancellationToken
    ) =>
        branch.Point switch
        {
            SnapshotPoint.AtVersion at => at.Version,
            SnapshotPoint.AtInstant at => (
                await snapshots.ReadAsync(project, branch.Parent, at, cancellationToken)
            ).Version,
            _ => null,
        };

    /// <summary>Nothing was forked: reading the parent's snapshot says why.</summary>
    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        NewBranch branch,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await snapshots.ReadAsync(project, branch.Parent, branch.Point, cancellationToken);
        }
        catch (DendriteException reason)
        {
            return reason;
        }

        return new(ErrorReason.Unavailable, $"Branch '{branch.Parent}' was being changed by others; try again.");
    }

    private static DendriteException Taken(NewBranch branch, PostgresException failure) =>
        new(
            ErrorReason.AlreadyExists,
            $"Branch '{branch.Name}' exists already, or is deleted and not purged: choose another id or undelete it.",
            failure
        );
}
