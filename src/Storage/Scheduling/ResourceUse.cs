using Dendrite.Errors;

namespace Dendrite.Storage.Scheduling;

/// <summary>Who names what a project declares: jobs by task or calendar, workflows by their steps.</summary>
internal static class ResourceUse
{
    /// <summary>So many are named; of the others it is said how many they are.</summary>
    private const int MaxNamed = 5;

    /// <summary>Kind and name of whoever names <c>@resource</c>: the full name in a task or a step.</summary>
    public const string OfTasks = """
        SELECT 'job' AS kind, j.name::text AS name FROM scheduling.job j
        WHERE j.project_id = @project
            AND jsonb_path_exists(j.task, '$.* ? (@ == $name)', jsonb_build_object('name', @resource::text))
        UNION ALL
        SELECT 'workflow', w.name::text FROM scheduling.workflow w
        WHERE w.project_id = @project AND jsonb_path_exists(
            w.definition, '$.steps[*].syncSource ? (@ == $name)', jsonb_build_object('name', @resource::text))
        """;

    /// <summary>The same of a calendar: <c>@resource</c> is its id.</summary>
    public const string OfSchedules =
        "SELECT 'job' AS kind, j.name::text AS name FROM scheduling.job j "
        + "WHERE j.project_id = @project AND j.calendar = @resource";

    /// <summary>Refuses where somebody names it. One round trip.</summary>
    /// <param name="what">For people, such as <c>Sync source 'weather'</c>.</param>
    /// <param name="users">One of the queries.</param>
    /// <exception cref="DendriteException">RESOURCE_IN_USE, with the names of those that do.</exception>
    public static async Task RefuseAsync(
        PlatformDatabase database,
        ProjectId project,
        string what,
        (string Sql, string Resource) users,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add($"SELECT kind, name FROM ({users.Sql}) AS used ORDER BY kind, name")
            .With("project", project.Value)
            .With("resource", users.Resource);
        var found = await batch.ReadRowsAsync(row => $"{row.GetString(0)} '{row.GetString(1)}'", cancellationToken);
        if (found.Count == 0)
            return;
        var more = found.Count > MaxNamed ? $" and {found.Count - MaxNamed} more" : "";
        throw new DendriteException(
            ErrorReason.ResourceInUse,
            $"{what} is named by {string.Join(", ", found.Take(MaxNamed))}{more}: delete what names it, or have it "
                + "name another, first."
        );
    }
}
