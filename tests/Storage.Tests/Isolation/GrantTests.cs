using Dendrite.Fixtures.Postgres;
using Npgsql;

namespace Dendrite.Storage.Tests.Isolation;

/// <summary>What each service's role may not do, tried.</summary>
public sealed class GrantTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    private const string Everyone = "branch ingest comparison scheduler";

    [Theory]
    // The door is the one way to a version.
    [InlineData(Everyone, "INSERT INTO branching.commit DEFAULT VALUES")]
    [InlineData(Everyone, "UPDATE branching.commit SET message = ''")]
    [InlineData(Everyone, "DELETE FROM branching.commit")]
    [InlineData(Everyone, "UPDATE branching.timeline SET head_version = 1")]
    [InlineData(Everyone, "SELECT nextval('branching.version')")]
    [InlineData("comparison scheduler", "SELECT branching.commit(1, 'write', 'a', '', '', '{}')")]
    // Vectors and audit are added to and never changed.
    [InlineData(Everyone, "UPDATE branching.vector_entry SET through_version = 1")]
    [InlineData(Everyone, "DELETE FROM branching.vector_entry")]
    [InlineData(Everyone, "UPDATE branching.audit_entry SET actor = ''")]
    [InlineData(Everyone, "DELETE FROM branching.audit_entry")]
    // Branches belong to the Branch service.
    [InlineData(Everyone, "DELETE FROM branching.branch")]
    [InlineData("ingest comparison scheduler", "UPDATE branching.branch SET name = 'x'")]
    [InlineData("ingest comparison scheduler", "INSERT INTO branching.branch DEFAULT VALUES")]
    [InlineData("ingest comparison scheduler", "UPDATE branching.timeline SET seal = 'deleted'")]
    [InlineData("ingest comparison scheduler", "SELECT branching.create_project('a', null, null, '', '', '', '{}')")]
    [InlineData("ingest comparison", "SELECT branching.list_projects('', 10)")]
    [InlineData("branch", "UPDATE branching.branch SET project_id = 1")]
    [InlineData("branch", "UPDATE branching.branch SET uid = null")]
    // Keys are found one by one, never listed, never written.
    [InlineData(Everyone, "SELECT * FROM access.api_key")]
    [InlineData(Everyone, "INSERT INTO access.api_key DEFAULT VALUES")]
    // No service has a say in the schema, or in who sees what.
    [InlineData(Everyone, "CREATE TABLE public.mine (id int)")]
    [InlineData(Everyone, "CREATE TABLE branching.mine (id int)")]
    [InlineData(Everyone, "CREATE TEMPORARY TABLE mine (id int)")]
    [InlineData(Everyone, "ALTER TABLE branching.branch DISABLE ROW LEVEL SECURITY")]
    [InlineData(Everyone, "DROP POLICY rows_of_the_project ON branching.branch")]
    [InlineData(Everyone, "SELECT branching.isolate('branching.branch')")]
    [InlineData(Everyone, "SET ROLE dendrite_owner")]
    [InlineData(Everyone, "SELECT * FROM migrations.applied")]
    public async Task A_role_is_refused_what_is_not_its_work(string roles, string sql)
    {
        foreach (var role in roles.Split(' '))
        {
            await using var connection = await database
                .As($"dendrite_{role}")
                .OpenConnectionAsync(TestContext.Current.CancellationToken);
            await using var command = new NpgsqlCommand(sql, connection);

            var refusal = await Assert.ThrowsAsync<PostgresException>(() =>
                command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken)
            );

            Assert.True(
                refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege,
                $"{role} was refused '{sql}' only by: {refusal.MessageText}"
            );
        }
    }
}
