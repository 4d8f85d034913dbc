namespace Dendrite.Contracts.Names;

/// <summary>Name of a project: <c>projects/{project}</c>.</summary>
/// <param name="Project">Id of the project.</param>
public readonly record struct ProjectName(string Project)
{
    private static readonly NamePattern Pattern = new("projects/{project}");

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static ProjectName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out ProjectName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}";

    private static ProjectName Of(string[] ids) => new(ids[0]);
}
