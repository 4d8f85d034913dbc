using Npgsql;

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
