namespace Dendrite.Contracts.Names;

/// <summary>Name of a dataset in a branch: <c>projects/{project}/branches/{branch}/datasets/{dataset}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Branch">Id of the branch.</param>
/// <param name="Dataset">Id of the dataset.</param>
public readonly record struct DatasetName(string Project, string Branch, string Dataset)
{
    private static readonly NamePattern Pattern = new("projects/{project}/branches/{branch}/datasets/{dataset}");

    /// <summary>The branch it belongs to.</summary>
    public BranchName Parent => new(Project, Branch);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static DatasetName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out DatasetName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/branches/{Branch}/datasets/{Dataset}";

    private static DatasetName Of(string[] ids) => new(ids[0], ids[1], ids[2]);
}
