namespace Dendrite.Contracts.Names;

/// <summary>Name of a report: <c>projects/{project}/reports/{report}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Report">Id of the report, made by the server.</param>
public readonly record struct ReportName(string Project, string Report)
{
    private static readonly NamePattern Pattern = new("projects/{project}/reports/{report+}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static ReportName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out ReportName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/reports/{Report}";

    private static ReportName Of(string[] ids) => new(ids[0], ids[1]);
}
