namespace Dendrite.Contracts.Names;

/// <summary>Name of a retention policy: <c>projects/{project}/retentionPolicies/{retention_policy}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="RetentionPolicy">Id of the policy.</param>
public readonly record struct RetentionPolicyName(string Project, string RetentionPolicy)
{
    private static readonly NamePattern Pattern = new("projects/{project}/retentionPolicies/{retention_policy}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static RetentionPolicyName Parse(string? name, string field = "name") =>
        Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out RetentionPolicyName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/retentionPolicies/{RetentionPolicy}";

    private static RetentionPolicyName Of(string[] ids) => new(ids[0], ids[1]);
}
