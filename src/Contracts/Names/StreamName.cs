namespace Dendrite.Contracts.Names;

/// <summary>Name of a stream in a branch: <c>projects/{project}/branches/{branch}/streams/{stream}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Branch">Id of the branch.</param>
/// <param name="Stream">Id of the stream.</param>
public readonly record struct StreamName(string Project, string Branch, string Stream)
{
    private static readonly NamePattern Pattern = new("projects/{project}/branches/{branch}/streams/{stream}");

    /// <summary>The branch it belongs to.</summary>
    public BranchName Parent => new(Project, Branch);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static StreamName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out StreamName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/branches/{Branch}/streams/{Stream}";

    private static StreamName Of(string[] ids) => new(ids[0], ids[1], ids[2]);
}
