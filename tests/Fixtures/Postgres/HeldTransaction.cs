using Npgsql;

namespace Dendrite.Fixtures.Postgres;

/// <summary>
/// A transaction that holds something, on a connection of its own, until it is rolled back or disposed.
/// </summary>
public sealed class HeldTransaction : IAsyncDisposable
{
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlTransaction transaction;

    private HeldTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (this.connection, this.transaction) = (connection, transaction);

    /// <param name="source">Whose connection it takes.</param>
    /// <param name="sql">What takes the lock.</param>
    /// <param name="arguments">Of <c>$1</c> and so on.</param>
    public static async Task<HeldTransaction> TakeAsync(
        NpgsqlDataSource source,
        string sql,
        IEnumerable<object> arguments,
        CancellationToken cancellationToken
    )
    {
        var connection = await source.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            foreach (var argument in arguments)
                command.Parameters.Add(new() { Value = argument });
            await command.ExecuteNonQueryAsync(cancellationToken);
            return new(connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Lets go.</summary>
    public Task RollbackAsync(CancellationToken cancellationToken) => transaction.RollbackAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
