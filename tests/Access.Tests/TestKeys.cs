using Dendrite.Fixtures.Postgres;
using Dendrite.Storage;
using Dendrite.Storage.Access;
using Grpc.Core;

namespace Dendrite.Access.Tests;

/// <summary>Makes keys in a database, and what is around them.</summary>
internal static class TestKeys
{
    /// <summary>Stores a new key. The change is one of the record that is stored.</summary>
    public static async Task<ApiKey> AddAsync(TestDatabase database, Func<ApiKeyRecord, ApiKeyRecord>? change = null)
    {
        var key = ApiKey.Generate();
        await PutAsync(database, key, change);
        return key;
    }

    public static Task PutAsync(TestDatabase database, ApiKey key, Func<ApiKeyRecord, ApiKeyRecord>? change = null)
    {
        var record = new ApiKeyRecord(key.Id, key.HashSecret(), null, null, "a test", ["writer"], null, null);
        return new ApiKeyStore(database.Owner).PutAsync(change?.Invoke(record) ?? record, default);
    }

    /// <summary>Makes a project's row, which is all that keys need of it.</summary>
    public static async Task<ProjectId> AddProjectAsync(TestDatabase database, string name)
    {
        await using var command = database.Owner.CreateCommand(
            """
            INSERT INTO branching.project (project_id, name, uid)
            VALUES (nextval('branching.project_id_sequence'), @name, gen_random_uuid())
            RETURNING project_id
            """
        );
        command.Parameters.AddWithValue("name", name);
        return new ProjectId((long)(await command.ExecuteScalarAsync())!);
    }

    public static string Bearer(this ApiKey key) => $"Bearer {key.Reveal()}";

    public static Metadata Headers(this ApiKey key) => new() { { "authorization", key.Bearer() } };
}
