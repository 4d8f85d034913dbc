namespace Dendrite.Storage.Scheduling;

/// <summary>Days on which jobs do not run.</summary>
/// <param name="Name">Its id within the project.</param>
public sealed record CalendarRecord(ProjectId Project, string Name)
{
    public string DisplayName { get; init; } = "";

    /// <summary>An IANA time zone; empty: UTC.</summary>
    public string TimeZone { get; init; } = "";

    public bool BusinessDaysOnly { get; init; }

    /// <summary>Each <c>YYYY-MM-DD</c>.</summary>
    public IReadOnlyList<string> Holidays { get; init; } = [];

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }

    public long Revision { get; init; } = 1;
}

/// <summary>What is changed of a calendar; null: unchanged.</summary>
public sealed record CalendarChange
{
    public string? DisplayName { get; init; }

    public string? TimeZone { get; init; }

    public bool? BusinessDaysOnly { get; init; }

    public IReadOnlyList<string>? Holidays { get; init; }
}
