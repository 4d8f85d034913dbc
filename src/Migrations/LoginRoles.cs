using System.Security.Cryptography;
using Npgsql;

namespace Dendrite.Migrations;

/// <summary>
/// The roles that services log in as: <c>dendrite_branch</c> and so on, each a member of its group
/// (<c>dendrite_branch_service</c>), which holds the grants. <c>dendrite_assertion</c> is one that a service hands to
/// strangers' SQL: its group holds next to none. <c>dendrite_care</c> is one by which tables are vacuumed, and by
/// mistake nothing is changed.
/// </summary>
internal static class LoginRoles
{
    /// <summary>Any number that nobody else uses in this database: roles are changed by one run at a time.</summary>
    private const long AdvisoryLock = 0x64656E64726F6C65;

    /// <summary>Who runs strangers' SQL.</summary>
    private const string Confined = "assertion";

    /// <summary>Who may vacuum.</summary>
    private const string Caring = "care";

    /// <summary>Makes the roles, or gives them these passwords. Seven round trips and two a role.</summary>
    /// <param name="passwords">Role, without its <c>dendrite_</c>, to password, printable ASCII.</param>
    public static async Task PutAsync(
        NpgsqlDataSource owner,
        IReadOnlyDictionary<string, string> passwords,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await owner.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var guard = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({AdvisoryLock})", connection);
        await guard.ExecuteNonQueryAsync(cancellationToken);
        foreach (var (name, password) in passwords)
        {
            var verifier = ScramVerifier.Create(password, RandomNumberGenerator.GetBytes(ScramVerifier.SaltSizeBytes));
            await PutAsync(connection, $"dendrite_{name}", verifier, cancellationToken);
        }

        if (passwords.ContainsKey(Confined))
        {
            await ConfineAsync(connection, cancellationToken);
        }

        // Whether or not somebody logs in by it: tables that were added since are cared for too.
        await ExecuteAsync(connection, "SELECT care.grant_rights()", cancellationToken);
        if (passwords.ContainsKey(Caring))
        {
            // VACUUM and REINDEX run in such transactions, and nothing else that changes anything.
            const string ReadOnly = $"ALTER ROLE dendrite_{Caring} SET default_transaction_read_only = on";
            await ExecuteAsync(connection, ReadOnly, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// Bounds what a query of the confined role may put on disk. Only a superuser may: where the database's owner is
    /// none, the server's own setting holds.
    /// </summary>
    private static async Task ConfineAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var confine = new NpgsqlCommand(
            $"""
            DO $$ BEGIN
                ALTER ROLE dendrite_{Confined} SET temp_file_limit = '1GB';
            EXCEPTION WHEN insufficient_privilege THEN
                NULL;
            END $$
            """,
            connection
        );
        await confine.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task PutAsync(
        NpgsqlConnection connection,
        string role,
        string verifier,
        CancellationToken cancellationToken
    )
    {
        // Names and passwords cannot be parameters of these statements: the server itself quotes them.
        await using var compose = new NpgsqlCommand(
            """
            SELECT format(
                CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = @role)
                    THEN 'ALTER ROLE %1$I LOGIN PASSWORD %2$L' ELSE 'CREATE ROLE %1$I LOGIN PASSWORD %2$L' END
                || '; GRANT %3$I TO %1$I', @role, @verifier, @group_role)
            """,
            connection
        );
        compose.Parameters.AddWithValue("role", role);
        compose.Parameters.AddWithValue("verifier", verifier);
        compose.Parameters.AddWithValue("group_role", $"{role}_service");
        var statements = (string)(await compose.ExecuteScalarAsync(cancellationToken))!;
        await using var put = new NpgsqlCommand(statements, connection);
        await put.ExecuteNonQueryAsync(cancellationToken);
    }
}
