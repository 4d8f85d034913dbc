namespace Dendrite.Storage.Projects;

/// <summary>A tenant.</summary>
/// <param name="Name">Its id in resource names.</param>
/// <param name="Revision">Grows with every change.</param>
public sealed record ProjectRecord(ProjectId Id, string Name, Guid Uid, long Revision)
{
    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Branch kind to template.</summary>
    public IReadOnlyDictionary<string, string> BranchNamingTemplates { get; init; } = new Dictionary<string, string>();

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}
