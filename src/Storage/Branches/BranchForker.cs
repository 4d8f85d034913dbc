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
    /// <summary>How often a free name is looked up again after somebody took it by giving it.</summary>
    private const int MaxAttempts = 5;

    private readonly BranchNaming naming = new(database);

    internal const string NameConstraint = "branch_name_is_taken";

    /// <summary>Makes a branch.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS, also where a deleted branch has the name; BRANCH_NOT_FOUND, COMMIT_NOT_FOUND or TAG_NOT_FOUND of
    /// the source; BRANCH_NOT_FOUND also where the request was done before and its branch has been removed since;
    /// INVALID_ARGUMENT: the name does not follow the project's template; REQUEST_ID_REUSED.
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
            return created ?? throw await WhyNotAsync(project, branch, cancellationToken);
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await writer.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw await naming.WhyTakenAsync(project, branch.Name, failure, cancellationToken);
        }
        catch (DendriteException refusal) when (IdempotencyStore.MayBeOfRepetition(refusal))
        {
            // What it was forked from may be gone since.
            if (await writer.FindDoneAsync(project, mutation, cancellationToken) is { } done)
            {
                return done;
            }

            throw;
        }
    }

    /// <summary>
    /// Makes a branch with the lowest number that is free in its name. Those that do so at once wait for each other,
    /// and
    /// each gets another number. Four round trips.
    /// </summary>
    /// <param name="branch">Its name is left aside.</param>
    /// <param name="name">The name, with a place for the number.</param>
    /// <param name="mutation">Its resource is what stands before the name.</param>
    /// <exception cref="DendriteException">As <see cref="CreateAsync"/>.</exception>
    public async Task<BranchRecord> CreateNumberedAsync(
        ProjectId project,
        NewBranch branch,
        NumberedName name,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var session = await database.BeginAsync(project, cancellationToken);
                var created = await ForkAsync(session, branch, name, mutation, cancellationToken);
                await session.CommitAsync(cancellationToken);
                return created;
            }
            catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
            {
                return await writer.FindDoneAsync(project, mutation, cancellationToken)
                    ?? throw BranchWriter.Busy(name.WithNumber(1));
            }
            catch (PostgresException failure) when (failure.IsTaken(NameConstraint))
            {
                if (await writer.FindDoneAsync(project, mutation, cancellationToken) is { } done)
                {
                    return done;
                }

                // Somebody gave that very name and did not wait for the lock.
                if (!name.HasNumber || attempt == MaxAttempts)
                {
                    throw await naming.WhyTakenAsync(project, name.WithNumber(1), failure, cancellationToken);
                }
            }
            catch (DendriteException refusal) when (IdempotencyStore.MayBeOfRepetition(refusal))
            {
                if (await writer.FindDoneAsync(project, mutation, cancellationToken) is { } done)
                {
                    return done;
                }

                throw;
            }
        }
    }

    /// <summary>Does and checks all that making it does, answers what would have been made, and undoes it.</summary>
    /// <param name="name">The name where it has a number; null: the branch's own.</param>
    public async Task<BranchRecord> PreviewAsync(
        ProjectId project,
        NewBranch branch,
        NumberedName? name,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        name ??= new(branch.Name, "", HasNumber: false);
        // An id that was used is used by another request: previews are not remembered.
        await writer.FindDoneAsync(project, mutation, cancellationToken);
        try
        {
            await using var session = await database.BeginAsync(project, cancellationToken);
            return await ForkAsync(session, branch, name, mutation with { RequestId = null }, cancellationToken);
        }
        catch (PostgresException failure) when (failure.IsTaken(NameConstraint))
        {
            throw await naming.WhyTakenAsync(project, name.WithNumber(1), failure, cancellationToken);
        }
    }

    private async Task<BranchRecord> ForkAsync(
        ProjectSession session,
        NewBranch branch,
        NumberedName name,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var project = session.Project;
        var version = await snapshots.ResolveAsync(project, branch.Parent, branch.Point, cancellationToken);
        var picked = name.HasNumber ? await BranchNaming.TakeFreeAsync(session, name, cancellationToken) : name.Prefix;
        branch = branch with { Name = picked };
        await using var batch = session.CreateBatch();
        AddFork(batch, project, branch, version, mutation with { Resource = mutation.Resource + picked });
        var created = await batch.ReadRowAsync(BranchRow.Read, cancellationToken);
        return created ?? throw await WhyNotAsync(project, branch, cancellationToken);
    }

    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        NewBranch branch,
        CancellationToken cancellationToken
    ) =>
        await naming.CheckAsync(project, branch.Kind, ("branch_id", branch.Name), cancellationToken)
        ?? await snapshots.WhyNotAsync(project, branch.Parent, branch.Point, cancellationToken);

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
}
