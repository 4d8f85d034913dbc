using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>
/// Forks branches: from a head, a version or a tag in one round trip, from an instant in two. The cost is the length of
/// the
/// parent's vector; it does not depend on how much data there is, and the parent's writers do not wait.
/// </summary>
public sealed class BranchForker(PlatformDatabase database, SnapshotReader snapshots, BranchWriter writer)
{
    internal const string NameConstraint = "branch_name_is_taken";

    /// <summary>Makes a branch.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS, also where a deleted branch has the name; BRANCH_NOT_FOUND, COMMIT_NOT_FOUND or TAG_NOT_FOUND of
    /// the source;
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
            var version = await snapshots.ResolveAsync(project, branch.Parent, branch.Point, cancellationToken);
            await using var batch = database.CreateBatch(project);
            AddFork(batch, project, branch, version, mutation);
            var created = await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
            return created
                ?? throw await snapshots.WhyNotAsync(project, branch.Parent, branch.Point, cancellationToken);
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await writer.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw Taken(branch.Name, failure);
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
            var version = await snapshots.ResolveAsync(project, branch.Parent, branch.Point, cancellationToken);
            await using var session = await database.BeginAsync(project, cancellationToken);
            await using var batch = session.CreateBatch();
            AddFork(batch, project, branch, version, mutation);
            var created = await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
            return created
                ?? throw await snapshots.WhyNotAsync(project, branch.Parent, branch.Point, cancellationToken);
        }
        catch (PostgresException failure) when (failure.IsTaken(NameConstraint))
        {
            throw Taken(branch.Name, failure);
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
            .Add(BranchForkSql.Of(branch.Point))
            .With("project", project.Value)
            .With("parent", branch.Parent)
            .With("version", NpgsqlDbType.Bigint, version?.Value)
            .With("fork_tag", NpgsqlDbType.Text, (branch.Point as SnapshotPoint.AtTag)?.Tag)
            .With("tag", NpgsqlDbType.Text, (branch.Point as SnapshotPoint.AtTag)?.Tag)
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

    internal static DendriteException Taken(string name, PostgresException failure) =>
        new(
            ErrorReason.AlreadyExists,
            $"Branch '{name}' exists already, or is deleted and not purged: choose another id or undelete it.",
            failure
        );
}
