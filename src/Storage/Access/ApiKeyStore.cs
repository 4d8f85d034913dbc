using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Access;

/// <summary>Reads API keys. A service sees the key whose id it was shown, and can list none.</summary>
public sealed class ApiKeyStore(NpgsqlDataSource dataSource)
{
    /// <summary>Finds a key, expired and disabled ones too. One round trip.</summary>
    /// <returns>Null where there is no such key.</returns>
    public async Task<ApiKeyRecord?> FindAsync(string keyId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            """
            SELECT key_id, secret_hash, project_id, project_name, label, roles, expire_time, disable_time
            FROM access.find_api_key(@key_id)
            """
        );
        command.Parameters.AddWithValue("key_id", keyId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? Read(reader) : null;
    }

    /// <summary>
    /// Adds a key, or gives the key of that id these values. Only the database's owner may. One round trip.
    /// </summary>
    public Task PutAsync(ApiKeyRecord key, CancellationToken cancellationToken) =>
        PutAsync(
            key,
            """
            secret_hash = excluded.secret_hash, project_id = excluded.project_id, label = excluded.label,
            roles = excluded.roles, expire_time = excluded.expire_time, disable_time = excluded.disable_time
            """,
            cancellationToken
        );

    /// <summary>
    /// Adds a key, or gives the key of that id this secret and leaves the rest of it: what was disabled, or bound to a
    /// project, stays so. Only the database's owner may. One round trip.
    /// </summary>
    public Task AddOrRenewAsync(ApiKeyRecord key, CancellationToken cancellationToken) =>
        PutAsync(key, "secret_hash = excluded.secret_hash", cancellationToken);

    private async Task PutAsync(ApiKeyRecord key, string assignments, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            INSERT INTO access.api_key (key_id, secret_hash, project_id, label, roles, expire_time, disable_time)
            VALUES (@id, @secret_hash, @project, @label, @roles, @expire_time, @disable_time)
            ON CONFLICT (key_id) DO UPDATE SET {assignments}
            """
        );
        var parameters = command.Parameters;
        parameters.AddWithValue("id", key.KeyId);
        parameters.AddWithValue("secret_hash", key.SecretHash);
        parameters.AddWithValue("project", NpgsqlDbType.Bigint, (object?)key.Project?.Value ?? DBNull.Value);
        parameters.AddWithValue("label", key.Label);
        parameters.AddWithValue("roles", key.Roles.ToArray());
        parameters.AddWithValue("expire_time", NpgsqlDbType.TimestampTz, (object?)key.ExpireTime ?? DBNull.Value);
        parameters.AddWithValue("disable_time", NpgsqlDbType.TimestampTz, (object?)key.DisableTime ?? DBNull.Value);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static ApiKeyRecord Read(NpgsqlDataReader row) =>
        new(
            row.GetString(0),
            row.GetFieldValue<byte[]>(1),
            row.IsDBNull(2) ? null : new ProjectId(row.GetInt64(2)),
            row.IsDBNull(3) ? null : row.GetString(3),
            row.GetString(4),
            row.GetFieldValue<string[]>(5),
            row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6),
            row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7)
        );
}
