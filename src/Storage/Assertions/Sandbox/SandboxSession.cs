using System.Globalization;
using Npgsql;

namespace Dendrite.Storage.Assertions.Sandbox;

/// <summary>
/// One transaction of a sandbox: queries are prepared against its tables, the tables are filled with what the queries
/// use, then the queries run. Rolled back at the end, whatever happens. Not thread-safe.
/// </summary>
public sealed class SandboxSession : IAsyncDisposable
{
    /// <summary>Columns of a result that are shown.</summary>
    public const int MaxColumns = 20;

    /// <summary>Characters of a value that are shown.</summary>
    public const int MaxValueLength = 200;

    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;
    private readonly Dictionary<string, StoredTable> tables;
    private readonly SandboxLimits limits;
    private int queries;

    private SandboxSession(
        NpgsqlConnection connection,
        NpgsqlTransaction transaction,
        IReadOnlyList<SandboxTable> tables,
        SandboxLimits limits
    )
    {
        this.connection = connection;
        this.transaction = transaction;
        this.limits = limits;
        this.tables = tables
            .Index()
            .ToDictionary(
                table => table.Item.Name,
                table => new StoredTable(table.Item, table.Index),
                StringComparer.Ordinal
            );
    }

    internal static async Task<SandboxSession> BeginAsync(
        NpgsqlConnection connection,
        IReadOnlyList<SandboxTable> tables,
        SandboxLimits limits,
        CancellationToken cancellationToken
    )
    {
        var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var session = new SandboxSession(connection, transaction, tables, limits);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var setting in SettingsOf(limits))
        {
            batch.BatchCommands.Add(new($"SET LOCAL {setting}"));
        }

        foreach (var statement in session.tables.Values.SelectMany(table => table.Creation))
        {
            batch.BatchCommands.Add(new(statement));
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        return session;
    }

    /// <summary>
    /// Takes a query in: PostgreSQL parses it as the body of a view, which holds one SELECT and nothing else, and what
    /// it made of it is looked through. Nothing of the query has run by then. Two round trips.
    /// </summary>
    /// <exception cref="SandboxException">It does not fit the tables, or does what is not allowed.</exception>
    public async Task<SandboxQuery> PrepareAsync(string sql, CancellationToken cancellationToken)
    {
        var view = string.Create(CultureInfo.InvariantCulture, $"dendrite_query_{++queries}");
        var head = $"CREATE TEMPORARY VIEW {view} AS\n";
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new($"SAVEPOINT {view}"));
        // One command of a batch is one statement: PostgreSQL refuses to parse a second one, and so does the client.
        batch.BatchCommands.Add(new($"{head}{sql}"));
        await TryAsync(
            view,
            failure => SandboxFailure.OfParsing(failure, sql, head.Length),
            () => batch.ExecuteNonQueryAsync(cancellationToken)
        );
        var found = await SandboxInspection.ReadAsync(
            connection,
            transaction,
            view,
            [.. tables.Keys],
            cancellationToken
        );
        if (found.Refusals.Count > 0)
        {
            throw new SandboxException(string.Join("; ", found.Refusals));
        }

        return new(view, found.Uses.ToDictionary(use => use.Key, use => ColumnsOf(use.Key, use.Value, found)))
        {
            Columns = found.Columns,
        };
    }

    /// <summary>Begins to fill some columns of a table; the others stay null. Dispose it to be done.</summary>
    public async Task<SandboxFill> BeginFillAsync(
        string table,
        IReadOnlyList<string> columns,
        CancellationToken cancellationToken
    )
    {
        return new(await connection.BeginTextImportAsync(tables[table].CopyOf(columns), cancellationToken));
    }

    /// <summary>Ends the filling: from here on nothing can be written. One round trip.</summary>
    public async Task SealAsync(IReadOnlyCollection<string> filled, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var table in filled)
        {
            // Nobody else does: the planner would know nothing of them but their size.
            batch.BatchCommands.Add(new($"ANALYZE {Quote(tables[table].Name)}"));
        }

        // Not before: the copying has a limit of its own, which its caller keeps.
        var limit = (long)limits.StatementTimeout.TotalMilliseconds;
        batch.BatchCommands.Add(
            new(string.Create(CultureInfo.InvariantCulture, $"SET LOCAL statement_timeout = {limit}"))
        );
        batch.BatchCommands.Add(new("SET TRANSACTION READ ONLY"));
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs a query until it has returned one row more than is wanted. One round trip.</summary>
    /// <exception cref="SandboxException">It failed, or took too long.</exception>
    public async Task<SandboxRows> RunAsync(SandboxQuery query, int maxRows, CancellationToken cancellationToken)
    {
        var columns = query.Columns.Take(MaxColumns).ToList();
        // A long value is cut where it is, so that it is never sent.
        var shown = columns.Select(column => $"left({Quote(column)}::text, {MaxValueLength})");
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new($"SAVEPOINT {query.View}"));
        batch.BatchCommands.Add(new($"SELECT {string.Join(", ", shown)} FROM {query.View} LIMIT {maxRows + 1}"));
        var rows = new List<IReadOnlyList<string?>>();
        await TryAsync(
            query.View,
            SandboxFailure.OfRunning,
            async () =>
            {
                await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
                while (await reader.ReadAsync(cancellationToken))
                {
                    rows.Add([.. columns.Select((_, i) => reader.IsDBNull(i) ? null : reader.GetString(i))]);
                }
            }
        );
        return new(columns, [.. rows.Take(maxRows)], rows.Count > maxRows);
    }

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }

    internal static string Quote(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>The same answers whatever the server's own settings are, and bounds on what a query may take.</summary>
    private static IEnumerable<string> SettingsOf(SandboxLimits limits) =>
        [
            // Nothing of `public`, where extensions are; a table of a query is one of its own.
            "search_path = pg_catalog, pg_temp",
            "lock_timeout = '1s'",
            "idle_in_transaction_session_timeout = '5min'",
            string.Create(CultureInfo.InvariantCulture, $"work_mem = '{limits.WorkMemoryMegabytes}MB'"),
            "max_parallel_workers_per_gather = 0",
            "jit = off",
            "timezone = 'UTC'",
            "datestyle = 'ISO, YMD'",
            "intervalstyle = 'postgres'",
            "standard_conforming_strings = on",
            "client_min_messages = error",
        ];

    /// <summary>A query that names no column of a table asks how many rows it has, which one column says.</summary>
    private IReadOnlyList<string> ColumnsOf(string table, IReadOnlySet<string> used, InspectedQuery found)
    {
        var all = tables[table].Columns.ToList();
        var columns = found.UsesWholeRows ? all : [.. all.Where(used.Contains)];
        return columns.Count > 0 ? columns : [.. all.Take(1)];
    }

    /// <summary>Leaves the transaction as it was before where the query fails.</summary>
    private async Task TryAsync(string savepoint, Func<NpgsqlException, SandboxException> describe, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (NotSupportedException several)
        {
            throw new SandboxException("holds several statements; one SELECT is allowed", several);
        }
        catch (PostgresException failure) when (failure.InvariantSeverity == "ERROR")
        {
            // Not cancellable: it is what makes the session usable again, and takes no time.
            await transaction.RollbackAsync(savepoint, CancellationToken.None);
            throw describe(failure);
        }
    }
}
