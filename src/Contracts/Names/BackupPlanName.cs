namespace Dendrite.Contracts.Names;

/// <summary>Name of a backup plan: <c>projects/{project}/backupPlans/{backup_plan}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Plan">Id of the plan.</param>
public readonly record struct BackupPlanName(string Project, string Plan)
{
    private static readonly NamePattern Pattern = new("projects/{project}/backupPlans/{backup_plan}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static BackupPlanName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out BackupPlanName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/backupPlans/{Plan}";

    private static BackupPlanName Of(string[] ids) => new(ids[0], ids[1]);
}
