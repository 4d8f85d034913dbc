namespace Dendrite.SchedulerService.Care.Forecasting;

/// <summary>What is to be done about a table, when, and why.</summary>
/// <param name="Action">What.</param>
/// <param name="Timing">When.</param>
/// <param name="Reason">For people, in a sentence, with the figures.</param>
internal sealed record CareDecision(CareAction Action, CareTiming Timing, string Reason)
{
    /// <summary>Which index; empty: the table itself.</summary>
    public string Index { get; init; } = "";

    /// <summary>When, for <see cref="CareTiming.Later"/>; null where no quiet hour is known.</summary>
    public DateTimeOffset? Time { get; init; }
}

/// <summary>What can be done about a table.</summary>
internal enum CareAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Dead rows are removed, and statistics taken.</summary>
    Vacuum,

    /// <summary>As vacuum, and every row is frozen, so that old transactions can be forgotten.</summary>
    Freeze,

    /// <summary>An index is built anew beside the old one.</summary>
    RebuildIndex,

    /// <summary>The table would have to be written anew, under a lock: for people to decide.</summary>
    Rewrite,
}

/// <summary>When it is to be done.</summary>
internal enum CareTiming
{
    /// <summary>Not by itself.</summary>
    Never,

    /// <summary>At the next quiet time.</summary>
    Later,

    /// <summary>Now: it is quiet.</summary>
    Now,

    /// <summary>Now, in spite of load.</summary>
    Urgent,
}
