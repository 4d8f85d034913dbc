using Microsoft.Extensions.Logging;
using Npgsql;

namespace Dendrite.Storage.Migrations;

/// <summary>
/// Brings a database to the state of this build: applies what is not applied yet, each script in a transaction of its
/// own together with its record, however long it takes. Safe to start any number of times at once; the others wait and
/// find nothing left to do.
/// </summary>
/// <remarks>
/// A script is never changed once it was applied anywhere: what was applied is kept with its checksum, and a script
/// that differs, or is gone, stops the run before anything is done. Scripts may be applied out of order, because ranges
/// of numbers belong to different parts of the system.
/// </remarks>
public sealed partial class Migrator(
    NpgsqlDataSource owner,
    IReadOnlyList<Migration> migrations,
    ILogger<Migrator> logger
)
{
    /// <summary>Any number that nobody else uses in this database; "dendrite" in ASCII.</summary>
    private const long AdvisoryLock = 0x64656E6472697465;

    /// <summary>Applies what is pending and returns it; waits while another run goes on.</summary>
    /// <exception cref="MigrationException">The database was migrated otherwise, or a script failed.</exception>
    public async Task<IReadOnlyList<Migration>> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await ExecuteAsync(connection, $"SELECT pg_advisory_lock({AdvisoryLock})", cancellationToken);
        try
        {
            await CreateRecordAsync(connection, cancellationToken);
            var applied = await ReadAppliedAsync(connection, cancellationToken);
            CheckApplied(applied);
            var pending = migrations.Where(migration => !applied.ContainsKey(migration.Number)).ToList();
            foreach (var migration in pending)
            {
                await ApplyAsync(connection, migration, cancellationToken);
                LogApplied(migration);
            }

            return pending;
        }
        finally
        {
            // A pooled connection outlives this method, and the lock is the session's.
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None);
        }
    }

    private void CheckApplied(IReadOnlyDictionary<int, AppliedMigration> applied)
    {
        var known = migrations.ToDictionary(migration => migration.Number);
        foreach (var past in applied.Values)
        {
            if (!known.TryGetValue(past.Number, out var migration))
            {
                throw new MigrationException(
                    $"Migration {past} was applied to this database and is missing from this build: the database is "
                        + "newer than the program, or the script was removed. Run a build that has it."
                );
            }

            if (migration.Checksum != past.Checksum)
            {
                throw new MigrationException(
                    $"Migration {migration} was changed after it was applied to this database "
                        + $"(applied {past.Checksum[..12]}…, now {migration.Checksum[..12]}…). "
                        + "Restore it, and put the change into a new migration."
                );
            }
        }
    }

    private static async Task ApplyAsync(
        NpgsqlConnection connection,
        Migration migration,
        CancellationToken cancellationToken
    )
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            await ExecuteAsync(connection, migration.Sql, cancellationToken);
        }
        catch (PostgresException failure)
        {
            throw new MigrationException(
                $"Migration {migration} failed and was rolled back: {failure.MessageText} ({failure.SqlState}). "
                    + $"{failure.Detail} {failure.Hint}".Trim(),
                failure
            );
        }

        // The script may have become another role; the record belongs to whoever migrates.
        await using var record = Patient(
            connection,
            """
            RESET ROLE;
            INSERT INTO migrations.applied (number, name, checksum) VALUES (@number, @name, @checksum)
            """
        );
        record.Parameters.AddWithValue("number", migration.Number);
        record.Parameters.AddWithValue("name", migration.Name);
        record.Parameters.AddWithValue("checksum", migration.Checksum);
        await record.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static Task CreateRecordAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ExecuteAsync(
            connection,
            """
            CREATE SCHEMA IF NOT EXISTS migrations;
            CREATE TABLE IF NOT EXISTS migrations.applied (
                number integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                apply_time timestamptz NOT NULL DEFAULT statement_timestamp()
            )
            """,
            cancellationToken
        );

    private static async Task<Dictionary<int, AppliedMigration>> ReadAppliedAsync(
        NpgsqlConnection connection,
        CancellationToken cancellationToken
    )
    {
        await using var command = Patient(connection, "SELECT number, name, checksum FROM migrations.applied");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var applied = new Dictionary<int, AppliedMigration>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(reader.GetInt32(0), new(reader.GetInt32(0), reader.GetString(1), reader.GetString(2)));
        }

        return applied;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = Patient(connection, sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>A script takes as long as the database is large, and so does the wait for one.</summary>
    private static NpgsqlCommand Patient(NpgsqlConnection connection, string sql) =>
        new(sql, connection) { CommandTimeout = 0 };

    private sealed record AppliedMigration(int Number, string Name, string Checksum)
    {
        public override string ToString() => $"{Number:D4}_{Name}";
    }
}
