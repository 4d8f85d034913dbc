using Npgsql;

namespace Dendrite.Fixtures.Postgres;

/// <summary>A database without any migration.</summary>
public sealed class EmptyDatabase : IAsyncDisposable
{
    private static int count;

    private EmptyDatabase(PostgresServer server, string name)
    {
        ConnectionString = server.ConnectionString(name);
        Owner = NpgsqlDataSource.Create(ConnectionString);
    }

    public NpgsqlDataSource Owner { get; }

    public string ConnectionString { get; }

    public static async Task<EmptyDatabase> CreateAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = $"empty_{Interlocked.Increment(ref count)}";
        await using var postgres = NpgsqlDataSource.Create(server.ConnectionString("postgres"));
        await using var create = postgres.CreateCommand($"CREATE DATABASE {name}");
        await create.ExecuteNonQueryAsync();
        return new(server, name);
    }

    public async Task<bool> HasTableAsync(string table)
    {
        await using var command = Owner.CreateCommand("SELECT to_regclass(@table) IS NOT NULL");
        command.Parameters.AddWithValue("table", table);
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}
