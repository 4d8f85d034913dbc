namespace Dendrite.Contracts.Names;

/// <summary>Name of an alert rule: <c>projects/{project}/alertRules/{alert_rule}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="AlertRule">Id of the rule.</param>
public readonly record struct AlertRuleName(string Project, string AlertRule)
{
    private static readonly NamePattern Pattern = new("projects/{project}/alertRules/{alert_rule}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static AlertRuleName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out AlertRuleName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/alertRules/{AlertRule}";

    private static AlertRuleName Of(string[] ids) => new(ids[0], ids[1]);
}
