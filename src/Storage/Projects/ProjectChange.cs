using System.Text.Json;
using Dendrite.Storage.Requests;
using NpgsqlTypes;

namespace Dendrite.Storage.Projects;

/// <summary>New values of a project's fields; null leaves a field as it is.</summary>
public sealed record ProjectChange
{
    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Branch kind to template. Templates are checked by whoever reads them from a request.</summary>
    public IReadOnlyDictionary<string, string>? BranchNamingTemplates { get; init; }
}

/// <summary>The statement that changes a project, remembers the request and writes the audit.</summary>
internal static class ProjectUpdateSql
{
    public static void AddTo(
        ProjectBatch batch,
        ProjectId project,
        (long? Revision, ProjectChange Change) wanted,
        Mutation mutation,
        string columns
    )
    {
        var change = wanted.Change;
        var command = batch
            .Add(
                $"""
                WITH p AS (
                    UPDATE branching.project
                    SET display_name = coalesce(@display_name, display_name),
                        description = coalesce(@description, description), labels = coalesce(@labels, labels),
                        branch_naming_templates = coalesce(@templates, branch_naming_templates),
                        update_time = statement_timestamp(), revision = revision + 1
                    WHERE project_id = @project AND (@revision IS NULL OR revision = @revision)
                    RETURNING *
                ), changed AS (
                    SELECT int8send(p.project_id) AS outcome FROM p
                ), {IdempotencyStore.Recording}
                SELECT {columns} FROM p
                """
            )
            .With("project", project.Value)
            .With("revision", NpgsqlDbType.Bigint, wanted.Revision)
            .With("display_name", NpgsqlDbType.Text, change.DisplayName)
            .With("description", NpgsqlDbType.Text, change.Description)
            .With("labels", NpgsqlDbType.Jsonb, Json(change.Labels))
            .With("templates", NpgsqlDbType.Jsonb, Json(change.BranchNamingTemplates));
        IdempotencyStore.WithMutation(command, mutation);
    }

    private static string? Json(IReadOnlyDictionary<string, string>? values) =>
        values is null ? null : JsonSerializer.Serialize(values);
}
