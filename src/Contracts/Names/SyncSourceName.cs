namespace Dendrite.Contracts.Names;

/// <summary>Name of a sync source: <c>projects/{project}/syncSources/{sync_source}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="SyncSource">Id of the source.</param>
public readonly record struct SyncSourceName(string Project, string SyncSource)
{
    private static readonly NamePattern Pattern = new("projects/{project}/syncSources/{sync_source}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static SyncSourceName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out SyncSourceName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/syncSources/{SyncSource}";

    private static SyncSourceName Of(string[] ids) => new(ids[0], ids[1]);
}
