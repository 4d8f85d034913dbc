using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Snapshots;
using NpgsqlTypes;

namespace Dendrite.Storage.Tags;

/// <summary>
/// Makes, changes and deletes tags. Each is one statement that also remembers the request and writes the audit: one
/// round trip, and more only for an instant, to answer a repeated request, or to say why nothing was changed.
/// </summary>
/// <remarks>All throw REQUEST_ID_REUSED; those with a revision throw TAG_NOT_FOUND and ETAG_MISMATCH.</remarks>
public sealed class TagWriter(PlatformDatabase database, SnapshotReader snapshots)
{
    private readonly NamedRows<TagRecord> rows = new(database, TagRow.Table);

    /// <summary>Names a state. The cost is the length of its vector.</summary>
    /// <exception cref="DendriteException">
    /// ALREADY_EXISTS; BRANCH_NOT_FOUND, COMMIT_NOT_FOUND or TAG_NOT_FOUND of what is named.
    /// </exception>
    public Task<TagRecord> CreateAsync(
        ProjectId project,
        NewTag tag,
        Mutation mutation,
        CancellationToken cancellationToken
    ) =>
        rows.CreateOnceAsync(
            project,
            tag.Name,
            () => InsertAsync(project, tag, mutation, cancellationToken),
            mutation,
            cancellationToken
        );

    /// <summary>Changes the given fields and no other.</summary>
    public Task<TagRecord> UpdateAsync(
        ProjectId project,
        RowTarget target,
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
        return rows.ChangeAsync(
            project,
            target,
            new(
                $"UPDATE branching.tag SET {Assignments}",
                command =>
                    command
                        .With("description", NpgsqlDbType.Text, change.Description)
                        .With("labels", NpgsqlDbType.Jsonb, change.Labels is { } l ? JsonSerializer.Serialize(l) : null)
                        .With("sets_metadata", change.SetsMetadata)
                        .With("metadata", NpgsqlDbType.Jsonb, change.Metadata)
            ),
            mutation,
            cancellationToken
        );
    }

    /// <summary>Deletes a tag; data that nothing else sees is collected later.</summary>
    public Task DeleteAsync(
        ProjectId project,
        RowTarget target,
        Mutation mutation,
        CancellationToken cancellationToken
    ) => rows.DeleteAsync(project, target, mutation, cancellationToken);

    private async Task<TagRecord> InsertAsync(
        ProjectId project,
        NewTag tag,
        Mutation mutation,
        CancellationToken cancellationToken
    )
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
        return await batch.ReadRowAsync(TagRow.Read, cancellationToken)
            ?? throw await snapshots.WhyNotAsync(project, tag.Branch, tag.Point, cancellationToken);
    }

    private string CreateSql(SnapshotPoint point) =>
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
            ), {rows.RecordedFrom(", point AS b")}
            """;
}
