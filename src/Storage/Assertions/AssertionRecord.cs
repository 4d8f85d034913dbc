using System.Globalization;

namespace Dendrite.Storage.Assertions;

/// <summary>An assertion's number in the database.</summary>
public readonly record struct AssertionId(long Value)
{
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a merge does about an assertion that does not hold.</summary>
public enum AssertionSeverity
{
    /// <summary>It is refused.</summary>
    Error,

    /// <summary>It goes through and says so.</summary>
    Warning,
}

/// <summary>A query that must return no row, as it is stored.</summary>
/// <param name="Name">Its id in resource names.</param>
/// <param name="Sql">One SELECT over tables that are called like the datasets. A stranger's text.</param>
public sealed record AssertionRecord(AssertionId Id, string Name, Guid Uid, string Sql)
{
    /// <summary>Grows with every change of a field.</summary>
    public required long Revision { get; init; }

    public string Description { get; init; } = "";

    public AssertionSeverity Severity { get; init; }

    public string Creator { get; init; } = "";

    public DateTimeOffset CreateTime { get; init; }

    public DateTimeOffset UpdateTime { get; init; }
}

/// <summary>What a new assertion begins with.</summary>
/// <param name="Uid">From the caller, so that a test can choose it.</param>
public sealed record NewAssertion(string Name, Guid Uid, string Sql)
{
    public required string Creator { get; init; }

    public string Description { get; init; } = "";

    public AssertionSeverity Severity { get; init; }
}

/// <summary>New values of an assertion's fields; null leaves a field as it is.</summary>
public sealed record AssertionChange
{
    public string? Sql { get; init; }

    public string? Description { get; init; }

    public AssertionSeverity? Severity { get; init; }
}
