using Dendrite.Errors;
using Npgsql;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>
/// Runs queries that strangers wrote. They run in sessions of a login role that has no right to any schema, table or
/// function of the platform and can become no other role: whatever a query does, there is nothing to reach but the
/// temporary tables that were filled for it. Before that, each query is read by PostgreSQL itself and refused unless it
/// is one SELECT over those tables with functions that only compute. Thread-safe.
/// </summary>
/// <remarks>The role is <c>dendrite_assertion</c>; see docs/decisions/2026-11-21-assertions.md.</remarks>
public sealed class SqlSandbox : IAsyncDisposable
{
    /// <summary>How long a caller waits for a session while others have them all.</summary>
    private const int SessionWaitSeconds = 15;

    private readonly NpgsqlDataSource dataSource;

    /// <param name="connectionString">Of the role that reaches nothing.</param>
    public SqlSandbox(string connectionString, SandboxLimits limits)
    {
        Limits = limits;
        var builder = new NpgsqlDataSourceBuilder(connectionString);
        builder.ConnectionStringBuilder.MinPoolSize = 0;
        builder.ConnectionStringBuilder.MaxPoolSize = limits.MaxSessions;
        builder.ConnectionStringBuilder.Timeout = SessionWaitSeconds;
        // The server ends a query that runs too long; should it not, the connection is cut.
        builder.ConnectionStringBuilder.CommandTimeout = (int)limits.StatementTimeout.TotalSeconds + 5;
        builder.ConnectionStringBuilder.MaxAutoPrepare = 0;
        dataSource = builder.Build();
    }

    public SandboxLimits Limits { get; }

    /// <summary>Opens a session with these tables, empty. Two round trips; nothing of it outlives it.</summary>
    /// <exception cref="DendriteException">UNAVAILABLE: all sessions are in use, or the database is away.</exception>
    public async Task<SandboxSession> OpenAsync(IReadOnlyList<SandboxTable> tables, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            try
            {
                return await SandboxSession.BeginAsync(connection, tables, Limits, cancellationToken);
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    public ValueTask DisposeAsync() => dataSource.DisposeAsync();
}
