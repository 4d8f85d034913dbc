namespace Dendrite.Contracts.Names;

/// <summary>Name of a run of a job: <c>projects/{project}/jobs/{job}/runs/{run}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Job">Id of the job.</param>
/// <param name="Run">Id of the run, made by the server.</param>
public readonly record struct RunName(string Project, string Job, string Run)
{
    private static readonly NamePattern Pattern = new("projects/{project}/jobs/{job}/runs/{run+}");

    /// <summary>The job it belongs to.</summary>
    public JobName Parent => new(Project, Job);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static RunName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out RunName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/jobs/{Job}/runs/{Run}";

    private static RunName Of(string[] ids) => new(ids[0], ids[1], ids[2]);
}
