namespace Dendrite.Storage;

/// <summary>What the planner is told for the commands of one batch, where it cannot know or guesses wrong.</summary>
internal sealed class PlannerSettings
{
    /// <summary>Tells the project and nothing else.</summary>
    public const string TellProject = "SELECT set_config('dendrite.project_id', @project, true)";

    /// <summary>
    /// Planned once a connection, not again for the arguments of each call, which is PostgreSQL's choice where arrays
    /// are parameters: for statements whose plan is the same for any, and that would take longer to plan than to run.
    /// </summary>
    public static PlannerSettings Once { get; } = new(Generic);

    /// <summary>
    /// Few rows by their keys: planned once, and along an index. A table that looks small when the plan is made would
    /// be read from end to end ever after.
    /// </summary>
    public static PlannerSettings ByKey { get; } = new(Generic, ("enable_seqscan", "off", "on"));

    /// <summary>
    /// Along an index in its order, up to a limit, whatever the statistics say or whether there are any.
    /// </summary>
    public static PlannerSettings InOrder { get; } =
        new(Generic, ("enable_seqscan", "off", "on"), ("enable_bitmapscan", "off", "on"), ("enable_sort", "off", "on"));

    /// <summary>
    /// One join, by hash: before the first statistics of a table the planner thinks that there is next to nothing in it
    /// and would compare all rows with all. The memory holds some 500,000 keys; more go to disk.
    /// </summary>
    public static PlannerSettings ByHash { get; } =
        new(("work_mem", "64MB", null), ("enable_nestloop", "off", "on"), ("enable_mergejoin", "off", "on"));

    private static (string, string, string?) Generic => ("plan_cache_mode", "force_generic_plan", "auto");

    /// <param name="settings">Name, value for these commands, and what it is otherwise; null: it may stay.</param>
    private PlannerSettings(params (string Name, string Value, string? Usual)[] settings)
    {
        var told = string.Join(", ", settings.Select(setting => Set(setting.Name, setting.Value)));
        Tell = $"SELECT {told}";
        TellWithProject = $"{TellProject}, {told}";
        TakeBack =
            "SELECT "
            + string.Join(
                ", ",
                settings
                    .Where(setting => setting.Usual is not null)
                    .Select(setting => Set(setting.Name, setting.Usual!))
            );
    }

    public string Tell { get; }

    public string TellWithProject { get; }

    public string TakeBack { get; }

    private static string Set(string name, string value) => $"set_config('{name}', '{value}', true)";
}
