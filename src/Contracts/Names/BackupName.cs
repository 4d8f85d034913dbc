namespace Dendrite.Contracts.Names;

/// <summary>Name of a backup: <c>projects/{project}/backupPlans/{backup_plan}/backups/{backup}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Plan">Id of its plan, which may be gone.</param>
/// <param name="Backup">Id of the backup, made by the server.</param>
public readonly record struct BackupName(string Project, string Plan, string Backup)
{
    private static readonly NamePattern Pattern = new("projects/{project}/backupPlans/{backup_plan}/backups/{backup+}");

    /// <summary>The plan by which it was made.</summary>
    public BackupPlanName Parent => new(Project, Plan);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static BackupName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out BackupName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/backupPlans/{Plan}/backups/{Backup}";

    private static BackupName Of(string[] ids) => new(ids[0], ids[1], ids[2]);
}
