using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Branches;

/// <summary>
/// Renames, archives and protects branches, and says how their experiments go. One round trip each, as with
/// <see cref="BranchWriter"/>, and the same errors. What is already as it shall be is left as it is.
/// </summary>
public sealed class BranchLifecycle(BranchWriter writer, BranchStore branches, BranchNaming naming)
{
    private const string Main = "main";

    /// <summary>Gives a branch another name; the old one is free afterwards.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS; BRANCH_PROTECTED: main keeps its name; INVALID_ARGUMENT: the name does not follow the project's
    /// template of the kind.
    /// </exception>
    public async Task<BranchRecord> RenameAsync(
        ProjectId project,
        BranchTarget target,
        string newName,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var statement = new BranchStatement(
            "name = @new_name",
            "delete_time IS NULL AND kind <> 'main' AND branching.follows_naming(kind, @new_name)"
        )
        {
            AddParameters = command => command.With("new_name", newName),
            Refusal = branch => OfMain(branch, "cannot be renamed"),
        };
        try
        {
            return await writer.ApplyAsync(project, target, mutation, statement, cancellationToken);
        }
        catch (DendriteException busy) when (busy.Reason == ErrorReason.Unavailable)
        {
            // Nothing else was in the way: it may be the name.
            var branch = await branches.GetAsync(project, target.Name, cancellationToken);
            throw await naming.CheckAsync(project, branch.Kind, ("new_branch_id", newName), cancellationToken) ?? busy;
        }
        catch (PostgresException failure) when (failure.IsTaken(BranchForker.NameConstraint))
        {
            // Of a repeated request too, where another branch has the old name since.
            return await writer.FindDoneAsync(project, mutation, cancellationToken)
                ?? throw await naming.WhyTakenAsync(project, newName, failure, cancellationToken);
        }
    }

    /// <summary>Closes a branch to writes, after a commit that is under way; it stays readable.</summary>
    /// <exception cref="DendriteException">BRANCH_PROTECTED: main takes merges for ever.</exception>
    public Task<BranchRecord> ArchiveAsync(
        ProjectId project,
        BranchTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        writer.ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement(
                "archive_time = statement_timestamp()",
                "delete_time IS NULL AND archive_time IS NULL AND kind <> 'main'"
            )
            {
                OfTimeline = "seal = 'archived'",
                IsDone = branch => branch.State == BranchState.Archived,
                Refusal = branch => OfMain(branch, "cannot be archived"),
            },
            cancellationToken
        );

    /// <summary>Opens an archived branch to writes again.</summary>
    public Task<BranchRecord> UnarchiveAsync(
        ProjectId project,
        BranchTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        writer.ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement("archive_time = NULL", "delete_time IS NULL AND archive_time IS NOT NULL")
            {
                OfTimeline = "seal = NULL",
                IsDone = branch => branch.State == BranchState.Active,
            },
            cancellationToken
        );

    /// <summary>Protects a branch from deletion, reset and every write but merges, or lifts that.</summary>
    /// <exception cref="DendriteException">BRANCH_PROTECTED: main stays protected.</exception>
    public Task<BranchRecord> ProtectAsync(
        ProjectId project,
        BranchTarget target,
        bool isProtected,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        writer.ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement(
                "protected = @protected",
                "delete_time IS NULL AND protected <> @protected AND (@protected OR kind <> 'main')"
            )
            {
                // Both at once: the commit door reads the timeline only.
                OfTimeline = "protected = b.protected",
                AddParameters = command => command.With("protected", isProtected),
                IsDone = branch => branch.Protected == isProtected,
                Refusal = branch => OfMain(branch, "cannot be unprotected"),
            },
            cancellationToken
        );

    /// <summary>Says how the branch's experiment goes, now and by the mutation's actor.</summary>
    /// <param name="said"><c>running</c>, <c>completed</c> or <c>failed</c>, and why.</param>
    public Task<BranchRecord> SetExperimentAsync(
        ProjectId project,
        BranchTarget target,
        (string State, string Reason) said,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        writer.ApplyAsync(
            project,
            target,
            mutation,
            new BranchStatement(
                """
                experiment_state = @state, experiment_time = statement_timestamp(), experiment_actor = @actor,
                experiment_reason = @reason
                """,
                "delete_time IS NULL"
            )
            {
                AddParameters = command =>
                    command
                        .With("state", said.State)
                        .With("reason", NpgsqlDbType.Text, said.Reason.Length == 0 ? null : said.Reason),
            },
            cancellationToken
        );

    private static DendriteException? OfMain(BranchRecord branch, string problem) =>
        branch.Kind == BranchKind.Main
            ? new(
                ErrorReason.BranchProtected,
                $"Branch '{Main}' {problem}: it is the line that everything comes back to."
            )
            : null;
}
