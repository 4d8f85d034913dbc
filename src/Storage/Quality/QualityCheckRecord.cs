namespace Dendrite.Storage.Quality;

/// <summary>Something that data should meet, as it is stored.</summary>
/// <param name="Id">Its number in the database.</param>
/// <param name="Name">Its id in resource names.</param>
/// <param name="RuleJson">The one rule, as the contract's JSON.</param>
public sealed record QualityCheckRecord(long Id, string Name, string RuleJson)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string DisplayName { get; init; } = "";

    /// <summary>Which streams; empty: all.</summary>
    public string StreamFilter { get; init; } = "";

    public bool RequiredForMerge { get; init; }

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>New values of a check's fields; null leaves a field as it is, and of a new one empty.</summary>
public sealed record QualityCheckChange
{
    public string? RuleJson { get; init; }

    public string? DisplayName { get; init; }

    public string? StreamFilter { get; init; }

    public bool? RequiredForMerge { get; init; }
}
