namespace Dendrite.Contracts.Names;

/// <summary>Name of a branch: <c>projects/{project}/branches/{branch}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Branch">Id of the branch.</param>
public readonly record struct BranchName(string Project, string Branch)
{
    private static readonly NamePattern Pattern = new("projects/{project}/branches/{branch}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static BranchName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out BranchName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/branches/{Branch}";

    private static BranchName Of(string[] ids) => new(ids[0], ids[1]);
}
