using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Migrations;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dendrite.Storage.Tests.Migrations;

public sealed class MigratorTests
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE first (id int)");
    private static readonly Migration Second = new(2, "second", "CREATE TABLE second (id int)");

    [Fact]
    public async Task A_second_run_finds_nothing_left_to_do()
    {
        await using var database = await EmptyDatabase.CreateAsync();

        Assert.Equal(Migration.Embedded, await RunAsync(database, Migration.Embedded));
        Assert.Empty(await RunAsync(database, Migration.Embedded));
    }

    [Fact]
    public async Task Replicas_that_start_together_apply_each_migration_once()
    {
        await using var database = await EmptyDatabase.CreateAsync();

        var runs = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RunAsync(database, Migration.Embedded)));

        Assert.Equal(Migration.Embedded, runs.SelectMany(applied => applied).OrderBy(migration => migration.Number));
    }

    [Fact]
    public async Task A_migration_takes_as_long_as_it_needs_and_who_comes_meanwhile_waits()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await using var impatient = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { CommandTimeout = 1 }
        );
        var slow = new Migration(1, "slow", "SELECT pg_sleep(3)");

        var runs = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => RunAsync(impatient, [slow])));

        Assert.Equal([slow], runs.SelectMany(applied => applied));
    }

    [Fact]
    public async Task A_migration_that_was_changed_after_it_was_applied_is_refused()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(database, [First]);

        var refusal = await Assert.ThrowsAsync<MigrationException>(() =>
            RunAsync(database, [First with { Sql = "CREATE TABLE first (id bigint)" }, Second])
        );

        Assert.Contains("0001_first was changed", refusal.Message);
        Assert.False(await database.HasTableAsync("second"));
    }

    [Fact]
    public async Task A_database_that_is_newer_than_the_program_is_refused()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(database, [First, Second]);

        var refusal = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, [First]));

        Assert.Contains("0002_second was applied to this database and is missing", refusal.Message);
    }

    [Fact]
    public async Task A_migration_that_fails_leaves_nothing_and_keeps_what_came_before()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var broken = Second with { Sql = "CREATE TABLE second (id int); SELECT 1 / 0" };

        var failure = await Assert.ThrowsAsync<MigrationException>(() => RunAsync(database, [First, broken]));

        Assert.Contains("0002_second failed and was rolled back: division by zero", failure.Message);
        Assert.True(await database.HasTableAsync("first"));
        Assert.False(await database.HasTableAsync("second"));
        Assert.Equal([Second], await RunAsync(database, [First, Second]));
    }

    [Fact]
    public async Task A_number_that_lands_later_is_still_applied()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(database, [Second]);

        Assert.Equal([First], await RunAsync(database, [First, Second]));
    }

    [Fact]
    public void Two_migrations_cannot_have_one_number() =>
        Assert.Throws<MigrationException>(() => Migration.InOrder([First, Second with { Number = 1 }]));

    [Fact]
    public void Line_ends_of_a_checkout_do_not_change_a_checksum() =>
        Assert.Equal((First with { Sql = "a\nb" }).Checksum, new Migration(1, "first", "a\r\nb").Checksum);

    [Theory]
    [InlineData("1_short.sql")]
    [InlineData("000a_name.sql")]
    [InlineData("0001.sql")]
    public void A_file_that_is_not_named_like_a_migration_is_refused(string name) =>
        Assert.Throws<MigrationException>(() => Migration.FromFile(name, ""));

    private static Task<IReadOnlyList<Migration>> RunAsync(
        EmptyDatabase database,
        IReadOnlyList<Migration> migrations
    ) => RunAsync(database.Owner, migrations);

    private static Task<IReadOnlyList<Migration>> RunAsync(
        NpgsqlDataSource owner,
        IReadOnlyList<Migration> migrations
    ) => new Migrator(owner, migrations, NullLogger<Migrator>.Instance).RunAsync(TestContext.Current.CancellationToken);
}
