namespace Dendrite.Checks.Assertions;

/// <summary>
/// Configuration section <c>Assertions</c>. Besides, <c>ConnectionStrings:assertions</c> is the database as the role
/// <c>dendrite_assertion</c>; without it nothing can be registered, and a project that has assertions merges nothing.
/// </summary>
public sealed class AssertionOptions
{
    public const string Section = "Assertions";

    /// <summary>How long one query may run. Default: 10 s. Positive.</summary>
    public TimeSpan StatementTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long all assertions of a check may take, reading the datasets included. Default: 60 s.</summary>
    public TimeSpan RunTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many checks run at once in this replica; others wait. Default: 4.</summary>
    public int MaxSessions { get; set; } = 4;

    /// <summary>
    /// How much of one dataset a check reads: characters of the columns it uses. Default: 1 Gi. A dataset that has more
    /// fails the assertions that use it.
    /// </summary>
    public long MaxDatasetLength { get; set; } = 1L << 30;
}
