namespace Dendrite.Contracts.Names;

/// <summary>Name of a workflow: <c>projects/{project}/workflows/{workflow}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Workflow">Id of the workflow.</param>
public readonly record struct WorkflowName(string Project, string Workflow)
{
    private static readonly NamePattern Pattern = new("projects/{project}/workflows/{workflow}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static WorkflowName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out WorkflowName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/workflows/{Workflow}";

    private static WorkflowName Of(string[] ids) => new(ids[0], ids[1]);
}
