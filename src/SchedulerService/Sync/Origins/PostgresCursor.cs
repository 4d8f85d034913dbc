using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// The rows of a query of another PostgreSQL, some at a time and in the order of the changed field. They come through a
/// cursor of a read-only transaction, so the other server has no more to hold than a snapshot, and we a batch.
/// </summary>
internal sealed class PostgresCursor : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;

    private PostgresCursor(NpgsqlConnection connection) => this.connection = connection;

    public static async Task<PostgresCursor> OpenAsync(
        string connectionString,
        PostgresQuery query,
        CancellationToken cancellationToken
    )
    {
        var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await ExecuteAsync(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", [], cancellationToken);
            var type = await TypeOfChangedAsync(connection, query, cancellationToken);
            var (sql, values) = query.Bind(type);
            await ExecuteAsync(connection, $"DECLARE items NO SCROLL CURSOR FOR {sql}", values, cancellationToken);
            return new(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The next rows; none at the end.</summary>
    public async Task<IReadOnlyList<PostgresRow>> FetchAsync(int count, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"FETCH FORWARD {count} FROM items", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<PostgresRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var item = JsonSerializer.Deserialize<JsonElement>(reader.GetString(0));
            rows.Add(new(item, await reader.IsDBNullAsync(1, cancellationToken) ? null : reader.GetString(1)));
        }

        return rows;
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private static async Task<string> TypeOfChangedAsync(
        NpgsqlConnection connection,
        PostgresQuery query,
        CancellationToken cancellationToken
    )
    {
        if (query.ChangedField.Length == 0)
        {
            return "";
        }

        await using var command = new NpgsqlCommand(query.Probe, connection);
        AddTo(command, query.HasParameter ? [null] : []);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return reader.GetDataTypeName(0);
    }

    private static async Task ExecuteAsync(
        NpgsqlConnection connection,
        string sql,
        IReadOnlyList<string?> values,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        AddTo(command, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    // Texts whose types the server finds from where they stand in the query.
    private static void AddTo(NpgsqlCommand command, IReadOnlyList<string?> values)
    {
        foreach (var value in values)
        {
            command.Parameters.Add(
                new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Unknown }
            );
        }
    }
}

/// <summary>A row as JSON, and its changed value as the server writes it; null where it has none.</summary>
internal sealed record PostgresRow(JsonElement Item, string? Changed);
