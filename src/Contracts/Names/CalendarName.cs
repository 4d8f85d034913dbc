namespace Dendrite.Contracts.Names;

/// <summary>Name of a calendar: <c>projects/{project}/calendars/{calendar}</c>.</summary>
/// <param name="Project">Id of the project.</param>
/// <param name="Calendar">Id of the calendar.</param>
public readonly record struct CalendarName(string Project, string Calendar)
{
    private static readonly NamePattern Pattern = new("projects/{project}/calendars/{calendar}");

    /// <summary>The project it belongs to.</summary>
    public ProjectName Parent => new(Project);

    /// <summary>Reads a name that came in a request.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">The proto path of the field that holds it, for the error.</param>
    /// <exception cref="DendriteException"><see cref="ErrorReason.MalformedName"/>.</exception>
    public static CalendarName Parse(string? name, string field = "name") => Of(Pattern.MatchOrThrow(name, field));

    /// <summary>Reads a name; false where it does not have the form.</summary>
    public static bool TryParse(string? name, out CalendarName result)
    {
        var ids = Pattern.Match(name);
        result = ids is null ? default : Of(ids);
        return ids is not null;
    }

    /// <summary>The name as it travels.</summary>
    public override string ToString() => $"projects/{Project}/calendars/{Calendar}";

    private static CalendarName Of(string[] ids) => new(ids[0], ids[1]);
}
