using System.Security.Cryptography;
using Npgsql;

namespace Dendrite.Migrations;

/// <summary>
/// The roles that services log in as: <c>dendrite_branch</c> and so on, each a member of its group
/// (<c>dendrite_branch_service</c>), which holds the grants.
/// </summary>
internal static class LoginRoles
{
    /// <summary>Any number that nobody else uses in this database: roles are changed by one run at a time.</summary>
    private const long AdvisoryLock = 0x64656E64726F6C65;

    /// <summary>Makes the roles, or gives them these passwords. Four round trips and two a role.</summary>
    /// <param name="passwords">Service to password, printable ASCII.</param>
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
        foreach (var (service, password) in passwords)
        {
            var verifier = ScramVerifier.Create(password, RandomNumberGenerator.GetBytes(ScramVerifier.SaltSizeBytes));
            await PutAsync(connection, $"dendrite_{service}", verifier, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
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
