using System.Text.Json;
using Dendrite.Errors;
using Dendrite.Storage.Requests;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Projects;

/// <summary>Finds, lists and makes projects. Who may see which is the caller's concern.</summary>
public sealed class ProjectStore(PlatformDatabase database)
{
    private readonly IdempotencyStore requests = new(database);

    private const string Columns = """
        project_id, name, uid, revision, display_name, description, labels::text, branch_naming_templates::text,
        create_time, update_time
        """;

    /// <summary>The project of that name, or null. One round trip.</summary>
    public async Task<ProjectRecord?> FindAsync(string name, CancellationToken cancellationToken)
    {
        var found = await QueryAsync(
            $"SELECT {Columns} FROM branching.find_project(@name)",
            [new NpgsqlParameter<string>("name", name)],
            cancellationToken
        );
        return found.SingleOrDefault();
    }

    /// <exception cref="DendriteException">PROJECT_NOT_FOUND.</exception>
    public async Task<ProjectRecord> GetAsync(string name, CancellationToken cancellationToken) =>
        await FindAsync(name, cancellationToken)
        ?? throw new DendriteException(ErrorReason.ProjectNotFound, $"Project '{name}' does not exist.");

    /// <summary>
    /// Projects by name, after a name ("" for the first page). One round trip. Branch and Scheduler only.
    /// </summary>
    public Task<IReadOnlyList<ProjectRecord>> ListAsync(string after, int limit, CancellationToken cancellationToken) =>
        QueryAsync(
            $"SELECT {Columns} FROM branching.list_projects(@after, @limit)",
            [new NpgsqlParameter<string>("after", after), new NpgsqlParameter<int>("limit", limit)],
            cancellationToken
        );

    /// <summary>
    /// Makes a project with its protected branch <c>main</c>, whose owner is the actor. Two round trips. Branch and the
    /// database's owner only.
    /// </summary>
    /// <exception cref="DendriteException">ALREADY_EXISTS; REQUEST_ID_REUSED.</exception>
    public async Task<ProjectRecord> CreateAsync(
        NewProject project,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        // The function itself tells the transaction the project that it makes; what is remembered of the request
        // follows.
        await using var batch = new ProjectBatch(database.DataSource.CreateBatch(), default, tellsProject: false);
        batch
            .Add(
                """
                SELECT branching.create_project(@name, @uid, @main_uid, @owner, @display_name, @description, @labels)
                """
            )
            .With("name", project.Name)
            .With("uid", project.Uid)
            .With("main_uid", project.MainUid)
            .With("owner", mutation.Actor)
            .With("display_name", project.DisplayName)
            .With("description", project.Description)
            .With("labels", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(project.Labels));
        if (project.BranchNamingTemplates.Count > 0)
        {
            batch
                .Add(
                    """
                    UPDATE branching.project SET branch_naming_templates = @templates
                    WHERE project_id = branching.current_project()
                    """
                )
                .With("templates", NpgsqlDbType.Jsonb, JsonSerializer.Serialize(project.BranchNamingTemplates));
        }

        IdempotencyStore.AddTo(batch, mutation, outcome: []);
        try
        {
            await batch.ExecuteAsync(cancellationToken);
            return await GetAsync(project.Name, cancellationToken);
        }
        catch (PostgresException failure) when (failure.IsTaken("project_name_key"))
        {
            var existing = await GetAsync(project.Name, cancellationToken);
            return await requests.FindAsync(existing.Id, mutation, cancellationToken) is not null
                ? existing
                : throw new DendriteException(
                    ErrorReason.AlreadyExists,
                    $"Project '{project.Name}' exists already.",
                    failure
                );
        }
        catch (PostgresException failure) when (failure.IsTaken("request_makes_one_project"))
        {
            throw new DendriteException(
                ErrorReason.RequestIdReused,
                $"Request id {mutation.RequestId} was used for another project: make a new id for each.",
                failure
            );
        }
    }

    /// <summary>Changes the given fields and no other. One round trip, more only where nothing was changed.</summary>
    /// <param name="target">The project's name, and the revision that it must still have; null: any.</param>
    /// <exception cref="DendriteException">PROJECT_NOT_FOUND, ETAG_MISMATCH, REQUEST_ID_REUSED.</exception>
    public async Task<ProjectRecord> UpdateAsync(
        ProjectId project,
        (string Name, long? Revision) target,
        ProjectChange change,
        Mutation mutation,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        ProjectUpdateSql.AddTo(batch, project, (target.Revision, change), mutation, Columns);
        try
        {
            if (await batch.ReadRowAsync(Read, cancellationToken) is { } changed)
            {
                return changed;
            }
        }
        catch (PostgresException failure) when (IdempotencyStore.IsRepetition(failure))
        {
            // Done before, and undone just now: answered below.
        }

        var current = await GetAsync(target.Name, cancellationToken);
        return await requests.FindAsync(project, mutation, cancellationToken) is not null
            ? current
            : throw new DendriteException(
                ErrorReason.EtagMismatch,
                $"Project '{target.Name}' was changed since its etag was read; read it again and retry."
            );
    }

    /// <summary>
    /// As <see cref="CreateAsync(NewProject, Mutation, CancellationToken)"/>, for projects that no request asks for:
    /// seeds and tests.
    /// </summary>
    public async Task<ProjectId> CreateAsync(NewProject project, string owner, CancellationToken cancellationToken)
    {
        var mutation = new Mutation(owner, "Seed", $"projects/{project.Name}");
        return (await CreateAsync(project, mutation, cancellationToken)).Id;
    }

    private async Task<IReadOnlyList<ProjectRecord>> QueryAsync(
        string sql,
        NpgsqlParameter[] parameters,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var command = database.DataSource.CreateCommand(sql);
            command.Parameters.AddRange(parameters);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var projects = new List<ProjectRecord>();
            while (await reader.ReadAsync(cancellationToken))
            {
                projects.Add(Read(reader));
            }

            return projects;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    private static ProjectRecord Read(NpgsqlDataReader reader) =>
        new(new(reader.GetInt64(0)), reader.GetString(1), reader.GetGuid(2), reader.GetInt64(3))
        {
            DisplayName = reader.GetString(4),
            Description = reader.GetString(5),
            Labels = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(6))!,
            BranchNamingTemplates = JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(7))!,
            CreateTime = reader.GetFieldValue<DateTimeOffset>(8),
            UpdateTime = reader.GetFieldValue<DateTimeOffset>(9),
        };
}

/// <summary>What a new project begins with. Uids come from the caller, so that a test can choose them.</summary>
public sealed record NewProject(string Name, Guid Uid, Guid MainUid)
{
    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Branch kind to template.</summary>
    public IReadOnlyDictionary<string, string> BranchNamingTemplates { get; init; } = new Dictionary<string, string>();
}
