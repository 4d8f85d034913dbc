namespace Dendrite.Storage.Alerts;

/// <summary>Something that was not as it should be.</summary>
/// <param name="RuleId">Number of the rule, which may be gone.</param>
/// <param name="Rule">What the rule was called.</param>
/// <param name="Value">The figure that crossed the threshold.</param>
/// <param name="StartTime">Since when.</param>
/// <param name="EndTime">Null while it lasts.</param>
public sealed record AlertRecord(
    Guid Id,
    long RuleId,
    string Rule,
    string Summary,
    double Value,
    DateTimeOffset StartTime,
    DateTimeOffset? EndTime
)
{
    /// <summary>Messages that went through.</summary>
    public int Sent { get; init; }

    /// <summary>Messages that failed for good.</summary>
    public int Failed { get; init; }
}

/// <summary>How a rule stands between two looks.</summary>
public enum AlertPhase
{
    /// <summary>All is well.</summary>
    Quiet,

    /// <summary>It holds, and not for long enough yet.</summary>
    Pending,

    /// <summary>Somebody is told.</summary>
    Firing,

    /// <summary>It holds no more, and not for long enough yet.</summary>
    Recovering,
}

/// <param name="Since">Since when it is in this phase.</param>
public readonly record struct AlertStanding(AlertPhase Phase, DateTimeOffset Since);

/// <summary>Which alerts to list.</summary>
/// <param name="Before">The last alert of the page before; null for the first page.</param>
public sealed record AlertQuery(Guid? Before, int Limit, Filtering.RowCondition Filter);
