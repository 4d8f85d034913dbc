using Dendrite.Errors;
using Npgsql;

namespace Dendrite.Storage.Branches;

/// <summary>Finds free names, and says why a name may not be given.</summary>
public sealed class BranchNaming(PlatformDatabase database)
{
    /// <summary>Longest name of a branch.</summary>
    private const int MaxLength = 63;

    /// <summary>A name that was free when it was looked up; another may take it first. One round trip.</summary>
    public async Task<string> FindFreeAsync(ProjectId project, NumberedName name, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        return await PickAsync(batch, name, locks: false, cancellationToken);
    }

    /// <summary>
    /// A free name that stays free for this transaction: others that look for one of the same form wait for its end.
    /// One round trip.
    /// </summary>
    internal static async Task<string> TakeFreeAsync(
        ProjectSession session,
        NumberedName name,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        return await PickAsync(batch, name, locks: true, cancellationToken);
    }

    /// <summary>
    /// The error where the name does not follow the project's template of the kind; null where it does.
    /// </summary>
    internal async Task<DendriteException?> CheckAsync(
        ProjectId project,
        BranchKind kind,
        (string Field, string Name) given,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT p.branch_naming_templates ->> @kind FROM branching.project p
                WHERE p.project_id = @project AND NOT branching.follows_naming(@kind, @name)
                """
            )
            .With("project", project.Value)
            .With("kind", kind.ToString().ToLowerInvariant())
            .With("name", given.Name);
        var template = await batch.ReadRowAsync(reader => reader.GetString(0), cancellationToken);
        return template is null
            ? null
            : DendriteException.Invalid(
                given.Field,
                $"'{given.Name}' does not follow '{template}', the project's template for this kind; leave it empty to "
                    + "have one made, or change the template"
            );
    }

    /// <summary>
    /// The error where a branch has the name: one that is there, one that can be restored, or one that was deleted for
    /// good and whose id is free when maintenance has removed it. One round trip.
    /// </summary>
    internal async Task<DendriteException> WhyTakenAsync(
        ProjectId project,
        string name,
        PostgresException failure,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT {TakenBranchIds.Sql} FROM branching.branch b WHERE b.project_id = @project AND b.name = @name
                """
            )
            .With("project", project.Value)
            .With("name", name);
        // No row: it went just now, and was there a moment ago.
        var holder = await batch.ReadRowAsync(reader => reader.GetString(0), cancellationToken) ?? "live";
        var taken = TakenBranchIds.Parse(holder);
        var why = taken.Explain(name);
        var remedy = taken is TakenBranchId.Live ? ": choose another id." : ". Choose another id otherwise.";
        var message = $"{char.ToUpperInvariant(why[0])}{why[1..]}{remedy}";
        return new(ErrorReason.AlreadyExists, message, failure);
    }

    private static async Task<string> PickAsync(
        ProjectBatch batch,
        NumberedName name,
        bool locks,
        CancellationToken cancellationToken
    )
    {
        // Two commands: the second one sees what whoever held the lock before has made.
        batch
            .Add("SELECT CASE WHEN @locks THEN branching.lock_numbers(@prefix, @suffix) END")
            .With("locks", locks)
            .With("prefix", name.Prefix)
            .With("suffix", name.Suffix);
        batch
            .Add("SELECT branching.free_number(@prefix, @suffix)")
            .With("prefix", name.Prefix)
            .With("suffix", name.Suffix);
        var number = await batch.ReadAsync(
            async (reader, token) =>
            {
                await reader.NextResultAsync(token);
                await reader.ReadAsync(token);
                return reader.GetInt64(0);
            },
            cancellationToken
        );
        var picked = name.WithNumber(number);
        return picked.Length <= MaxLength
            ? picked
            : throw DendriteException.Invalid(
                "template_values",
                $"make '{picked}' with its number, which has more than {MaxLength} characters"
            );
    }
}
