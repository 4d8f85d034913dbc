using System.Globalization;

namespace Dendrite.Contracts.Names;

/// <summary>
/// Name of a commit in the branch that it was made in: <c>projects/{project}/branches/{branch}/commits/{version}</c>.
/// </summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Branch">Id of the branch.</param>
/// <param name="Version">Version of the commit, at least 1.</param>
public readonly record struct CommitName(string Project, string Branch, long Version)
{
    private static readonly NamePattern Pattern = new("projects/{project}/branches/{branch}/commits/{version#}");

    /// <summary>The branch it belongs to.</summary>
    public BranchName Parent => new(Project, Branch);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static CommitName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out CommitName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/branches/{Branch}/commits/{Version}";

    private static CommitName Of(string[] ids) => new(ids[0], ids[1], long.Parse(ids[2], CultureInfo.InvariantCulture));
}
