using Npgsql;

namespace Dendrite.Storage.Care;

/// <summary>
/// The one session that cares for tables. A process that dies takes its session along, and with it the lock and the
/// work. Cancelling a method cancels the work at the server.
/// </summary>
public sealed class CareSession : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly long heldLock;
    private readonly List<string> warnings = [];

    internal CareSession(NpgsqlConnection connection, long heldLock)
    {
        this.connection = connection;
        this.heldLock = heldLock;
        connection.Notice += Hear;
    }

    /// <summary>The server process that works.</summary>
    public int Backend => connection.ProcessID;

    /// <summary>
    /// Removes dead rows and takes statistics. Readers and writers go on meanwhile; where somebody else is at the table
    /// it is left. Three round trips.
    /// </summary>
    /// <param name="table">Its number in the catalog: the server itself writes its name.</param>
    /// <param name="freeze">Also freezes every row.</param>
    /// <param name="gently">
    /// Rests often, as the server's own vacuum does, and takes no lock to give space back to the system.
    /// </param>
    /// <returns>Why the table was left; null where it was done.</returns>
    public async Task<string?> VacuumAsync(uint table, bool freeze, bool gently, CancellationToken cancellationToken)
    {
        const string Compose = """
            SELECT format('VACUUM (SKIP_LOCKED, ANALYZE%s%s) %I.%I', CASE WHEN @freeze THEN ', FREEZE' ELSE '' END,
                CASE WHEN @gently THEN ', TRUNCATE false' ELSE '' END, n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = @oid AND c.relkind = 'r' AND pg_get_userbyid(c.relowner) = 'dendrite_owner'
            """;
        await using var compose = new NpgsqlCommand(Compose, connection);
        compose.Parameters.AddWithValue("freeze", freeze);
        compose.Parameters.AddWithValue("gently", gently);
        compose.Parameters.Add(new("oid", NpgsqlTypes.NpgsqlDbType.Oid) { Value = table });
        if (await compose.ExecuteScalarAsync(cancellationToken) is not string vacuum)
        {
            return "the table is gone";
        }

        await ExecuteAsync($"SET vacuum_cost_delay = {(gently ? 2 : 0)}", cancellationToken);
        return await HearingAsync(vacuum, cancellationToken);
    }

    /// <summary>
    /// Builds an index anew beside the old one and puts it in its place; readers and writers go on. Cut off, it leaves
    /// an index behind that is not valid: see <see cref="TableMeasureStore.DropLeftIndexAsync"/>. Three round trips.
    /// </summary>
    /// <param name="index">Its number in the catalog.</param>
    /// <param name="patience">How long it waits for transactions that began before.</param>
    /// <returns>Why it was left; null where it was done.</returns>
    public async Task<string?> RebuildIndexAsync(uint index, TimeSpan patience, CancellationToken cancellationToken)
    {
        const string Compose = """
            SELECT format('REINDEX INDEX CONCURRENTLY %I.%I', n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.oid = @oid AND c.relkind = 'i' AND pg_get_userbyid(c.relowner) = 'dendrite_owner'
            """;
        await using var compose = new NpgsqlCommand(Compose, connection);
        compose.Parameters.Add(new("oid", NpgsqlTypes.NpgsqlDbType.Oid) { Value = index });
        if (await compose.ExecuteScalarAsync(cancellationToken) is not string rebuild)
        {
            return "the index is gone";
        }

        await ExecuteAsync($"SET lock_timeout = {(long)patience.TotalMilliseconds}", cancellationToken);
        try
        {
            return await HearingAsync(rebuild, cancellationToken);
        }
        catch (PostgresException busy) when (busy.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return "transactions that began before did not end in time";
        }
        finally
        {
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await ExecuteAsync("RESET lock_timeout", CancellationToken.None);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        connection.Notice -= Hear;
        try
        {
            // The connection goes back to its pool: what the session holds would stay held.
            if (connection.State == System.Data.ConnectionState.Open)
            {
                await ExecuteAsync($"SELECT pg_advisory_unlock({heldLock})", CancellationToken.None);
            }
        }
        catch (NpgsqlException)
        {
            // It broke, and with it the session ended.
        }

        await connection.DisposeAsync();
    }

    private async Task<string?> HearingAsync(string sql, CancellationToken cancellationToken)
    {
        warnings.Clear();
        await ExecuteAsync(sql, cancellationToken);
        // A table that is locked, or that the role may not vacuum, is a warning to the server and no error.
        return warnings.Count > 0 ? string.Join("; ", warnings) : null;
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Hear(object sender, NpgsqlNoticeEventArgs told)
    {
        if (told.Notice.InvariantSeverity == "WARNING")
        {
            warnings.Add(told.Notice.MessageText);
        }
    }
}
