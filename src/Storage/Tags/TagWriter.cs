using System.Buffers.Binary;
using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Tags;

/// <summary>
/// Makes, changes and deletes tags. Each is one statement that also remembers the request and writes the audit: one
/// round trip, and more only for an instant, to answer a repeated request, or to say why nothing was changed.
/// </summary>
/// <remarks>All throw REQUEST_ID_REUSED; those with a revision throw TAG_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class TagWriter(
    PlatformDatabase database,
    TagStore tags,
    SnapshotReader snapshots,
    IdempotencyStore requests
)
{
    private const string NameConstraint = "tag_name_is_taken";

    /// <summary>Names a state. The cost is the length of its vector.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS; BRANCH_NOT_FOUND, COMMIT_NOT_FOUND or TAG_NOT_FOUND of what is named.
    /// </exception>
    public async Task<TagRecord> CreateAsync(
        ProjectId project,
        NewTag tag,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var version = await snapshots.ResolveAsync(project, tag.Branch, tag.Point, cancellationToken);
            await using var batch = database.CreateBatch(project);
            var command = batch
                .Add(CreateSql(tag.Point))
                .With("project", project.Value)
                .With("parent", tag.Branch)
                .With("version", NpgsqlDbType.Bigint, version?.Value)
                .With("tag", NpgsqlDbType.Text, (tag.Point as SnapshotPoint.AtTag)?.Tag)
                .With("name", tag.Name)
                .With("uid", tag.Uid)
                .With("description", tag.Description)
                .With("labels", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(tag.Labels))
                .With("metadata", NpgsqlDbType.Jsonb, tag.Metadata)
                .With("creator", tag.Creator);
            IdempotencyStore.WithMutation(command, mutation);
            var created = await batch.ReadRowAsync(TagRow.Read, cancellationToken);
            return created ?? throw await snapshots.WhyNotAsync(project, tag.Branch, tag.Point, cancellationToken);
        }
        catch (PostgresException failure)
            when (IdempotencyStore.IsRepetition(failure) || failure.IsTaken(NameConstraint))
        {
            return await FindDoneAsync(project, mutation, cancellationToken)
                ?? throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Tag '{tag.Name}' exists already, and a tag never moves: choose another id or delete it first.",
                    failure
                );
        }
    }

    /// <summary>Changes the given fields and no other.</summary>
    public async Task<TagRecord> UpdateAsync(
        ProjectId project,
        TagTarget target,
        TagChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        const string Assignments = """
            description = coalesce(@description, description), labels = coalesce(@labels, labels),
            metadata = CASE WHEN @sets_metadata THEN @metadata ELSE metadata END,
            update_time = statement_timestamp(), revision = revision + 1
            """;
        var changed = await ApplyAsync(
            project,
            target,
            mutation,
            new TagStatement(
                $"UPDATE branching.tag SET {Assignments}",
                command =>
                    command
                        .With("description", NpgsqlDbType.Text, change.Description)
                        .With("labels", NpgsqlDbType.Jsonb, change.Labels is { } l ? JsonSerializer.Serialize(l) : null)
                        .With("sets_metadata", change.SetsMetadata)
                        .With("metadata", NpgsqlDbType.Jsonb, change.Metadata)
            ),
            cancellationToken
        );
        return changed
            ?? await FindDoneAsync(project, mutation, cancellationToken)
            ?? throw await WhyNotAsync(project, target.Name, cancellationToken);
    }

    /// <summary>Deletes a tag; data that nothing else sees is collected later.</summary>
    public async Task DeleteAsync(
        ProjectId project,
        TagTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        var deleted = await ApplyAsync(
            project,
            target,
            mutation,
            new TagStatement("DELETE FROM branching.tag", _ => { }),
            cancellationToken
        );
        if (deleted is null && await requests.FindAsync(project, mutation, cancellationToken) is null)
        {
            throw await WhyNotAsync(project, target.Name, cancellationToken);
        }
    }

    private static string CreateSql(SnapshotPoint point) =>
        $"""
            WITH {SourceSql.Of(point)}, g AS (
                INSERT INTO branching.tag (
                    project_id, name, uid, branch_id, timeline_id, version, description, labels, metadata, creator)
                SELECT @project, @name, @uid, point.branch_id, point.timeline_id, point.version,
                    @description, @labels, @metadata, @creator
                FROM point
                RETURNING *
            ), entries AS (
                INSERT INTO branching.tag_entry (
                    project_id, tag_id, owner_timeline_id, since_version, through_version)
                SELECT @project, g.tag_id, seen.owner_timeline_id, seen.since_version, seen.through_version
                FROM g, seen
            ), changed AS (
                SELECT int8send(g.tag_id) AS outcome FROM g
            ), {IdempotencyStore.Recording}
            SELECT {TagRow.Columns} FROM g, point AS b
            """;

    /// <summary>
    /// The tag as the statement left or found it; null where nothing was done, or it was done before.
    /// </summary>
    private async Task<TagRecord?> ApplyAsync(
        ProjectId project,
        TagTarget target,
        Mutation mutation,
        TagStatement statement,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        var command = batch
            .Add(
                $"""
                WITH g AS (
                    {statement.Action}
                    WHERE project_id = @project AND name = @name AND (@revision IS NULL OR revision = @revision)
                    RETURNING *
                ), changed AS (
                    SELECT int8send(g.tag_id) AS outcome FROM g
                ), {IdempotencyStore.Recording}
                SELECT {TagRow.Columns} FROM g {TagRow.Join}
                """
            )
            .With("project", project.Value)
            .With("name", target.Name)
            .With("revision", NpgsqlDbType.Bigint, target.Revision);
        statement.AddParameters(command);
        IdempotencyStore.WithMutation(command, mutation);
        try
        {
            return await batch.ReadRowAsync(TagRow.Read, cancellationToken);
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            return null;
        }
    }

    private async Task<TagRecord?> FindDoneAsync(
        ProjectId project,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        await requests.FindAsync(project, mutation, cancellationToken) is { } id
            ? await tags.FindAsync(project, new TagId(BinaryPrimitives.ReadInt64BigEndian(id)), cancellationToken)
            : null;

    /// <summary>Nothing was done: there is no such tag, or it has another revision.</summary>
    private async Task<DendriteException> WhyNotAsync(
        ProjectId project,
        string name,
        CancellationToken cancellationToken
    ) =>
        await tags.FindAsync(project, name, cancellationToken) is null
            ? SnapshotReader.NoSuchTag(name)
            : new(
                ErrorReason.EtagMismatch,
                $"Tag '{name}' was changed since its etag was read; read it again and retry."
            );

    /// <param name="Action">What is done to the one row, in SQL up to its WHERE.</param>
    private sealed record TagStatement(string Action, Action<NpgsqlBatchCommand> AddParameters);
}

/// <summary>Which tag to change.</summary>
/// <param name="Name">Its id within the project.</param>
/// <param name="Revision">The revision that it must still have; null: any.</param>
public sealed record TagTarget(string Name, long? Revision = null);
