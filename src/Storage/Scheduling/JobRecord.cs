namespace Dendrite.Storage.Scheduling;

/// <summary>Something that runs by itself in a project.</summary>
/// <param name="Task">What it does: <c>retention</c> or <c>maintenance</c>.</param>
/// <param name="Cron">Five fields, or six with seconds before them.</param>
/// <param name="TimeZone">An IANA time zone.</param>
/// <param name="PauseTime">Since when it starts no runs; null while it does.</param>
/// <param name="Revision">Grows with every change by callers.</param>
public sealed record JobRecord(
    ProjectId Project,
    string Name,
    Guid Uid,
    string DisplayName,
    string Task,
    string Cron,
    string TimeZone,
    DateTimeOffset? PauseTime,
    string PauseReason,
    DateTimeOffset CreateTime,
    DateTimeOffset UpdateTime,
    long Revision
);
