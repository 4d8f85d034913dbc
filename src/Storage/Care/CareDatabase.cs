using Npgsql;

namespace Dendrite.Storage.Care;

/// <summary>
/// The platform's database as the role that may vacuum. Apart from all else that a service does: its own role, its own
/// few connections, and sessions in which whatever writes is refused but what care is for.
/// </summary>
public sealed class CareDatabase : IAsyncDisposable
{
    /// <summary>Any number that nobody else uses: one session cares at a time, in all replicas.</summary>
    private const long CareLock = 0x63617265_64626173;

    /// <summary>One that works and one that looks how far it is.</summary>
    private const int MaxConnections = 2;

    private readonly NpgsqlDataSource? source;

    /// <param name="connectionString">Null or empty: nobody may vacuum.</param>
    public CareDatabase(string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString))
        {
            return;
        }

        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = "dendrite-care",
            MaxPoolSize = MaxConnections,
            // A vacuum takes as long as it takes; who waits for it cancels it.
            CommandTimeout = 0,
            KeepAlive = 30,
            // VACUUM and REINDEX may run in such a transaction, and nothing else that changes anything: where the role
            // is a member of the owner, a mistake in here must not be able to do what an owner can.
            Options = "-c default_transaction_read_only=on -c search_path=pg_catalog,pg_temp",
        };
        source = NpgsqlDataSource.Create(settings.ConnectionString);
    }

    /// <summary>Whether the installation lets this service vacuum.</summary>
    public bool IsThere => source is not null;

    /// <summary>Begins to care; null where another session does. Two round trips.</summary>
    /// <exception cref="InvalidOperationException">Nobody may vacuum.</exception>
    public async Task<CareSession?> TryBeginAsync(CancellationToken cancellationToken)
    {
        var connection = await Source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var hold = new NpgsqlCommand($"SELECT pg_try_advisory_lock({CareLock})", connection);
            if ((bool)(await hold.ExecuteScalarAsync(cancellationToken))!)
            {
                return new(connection, CareLock);
            }
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <summary>How far a session is; null where it does nothing that can be told. One round trip.</summary>
    /// <param name="backend">Of <see cref="CareSession.Backend"/>.</param>
    public async Task<CareProgress?> FindProgressAsync(int backend, CancellationToken cancellationToken)
    {
        await using var command = Source.CreateCommand(
            """
            SELECT phase, heap_blks_scanned, heap_blks_total FROM pg_stat_progress_vacuum WHERE pid = @pid
            UNION ALL
            SELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index WHERE pid = @pid
            """
        );
        command.Parameters.AddWithValue("pid", backend);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new(reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2))
            : null;
    }

    public ValueTask DisposeAsync() => source?.DisposeAsync() ?? ValueTask.CompletedTask;

    private NpgsqlDataSource Source =>
        source
        ?? throw new InvalidOperationException("Nobody may vacuum here: ConnectionStrings:care is not configured.");
}

/// <summary>How far a vacuum or rebuild is.</summary>
/// <param name="Phase">PostgreSQL's own name of it.</param>
public sealed record CareProgress(string Phase, long BlocksDone, long BlocksTotal);
