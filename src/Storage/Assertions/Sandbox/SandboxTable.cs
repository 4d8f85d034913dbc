using Npgsql;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>A table that queries in a sandbox see.</summary>
/// <param name="Name">As queries call it; with hyphens, in double quotes.</param>
public sealed record SandboxTable(string Name, IReadOnlyList<SandboxColumn> Columns);

/// <param name="Name">As queries call it.</param>
/// <param name="SqlType">PostgreSQL's type, such as <c>bigint</c>: of this code, never a stranger's.</param>
public sealed record SandboxColumn(string Name, string SqlType);

/// <summary>A query that was taken in.</summary>
/// <param name="View">The view that holds it.</param>
/// <param name="Uses">Which columns of which tables it reads; nothing else need be there. Not empty for any
/// table.</param>
public sealed record SandboxQuery(string View, IReadOnlyDictionary<string, IReadOnlyList<string>> Uses)
{
    /// <summary>Names of what it returns, in order.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];
}

/// <summary>The first rows that a query returned.</summary>
/// <param name="Columns">Names, in order; the first <see cref="SandboxSession.MaxColumns"/>.</param>
/// <param name="Rows">Values as PostgreSQL writes them, cut where they are long; null is null.</param>
/// <param name="HasMore">Whether there are more rows than those.</param>
public sealed record SandboxRows(
    IReadOnlyList<string> Columns,
    IReadOnlyList<IReadOnlyList<string?>> Rows,
    bool HasMore
);

/// <summary>A query is refused, or failed as it ran: its author's doing. The message is for the author.</summary>
public sealed class SandboxException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it was stopped because it ran too long: another time it may not.</summary>
    public bool IsTimeout => InnerException is PostgresException { SqlState: PostgresErrorCodes.QueryCanceled };
}

/// <summary>How far queries may go.</summary>
public sealed record SandboxLimits
{
    /// <summary>How long one query may run.</summary>
    public TimeSpan StatementTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How many sessions there are at once; who wants one more waits.</summary>
    public int MaxSessions { get; init; } = 4;

    /// <summary>Memory of each sort and hash of a query, in MiB; more goes to disk.</summary>
    public int WorkMemoryMegabytes { get; init; } = 32;
}
