using Dendrite.Fixtures.Logging;
using Dendrite.Fixtures.Postgres;
using Dendrite.Storage.Access;
using Dendrite.Storage.Projects;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Dendrite.Migrations.Tests;

public sealed class PlatformPreparationTests
{
    private const string CliKey = "dk_cli1_0123456789abcdef";
    private const string ServiceKey = "dk_svc1_fedcba9876543210";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_makes_an_empty_database_ready_and_another_changes_nothing()
    {
        await using var database = await EmptyDatabase.CreateAsync();

        Assert.Equal(ExitCode.Ready, await RunAsync(Settings(database)));
        var first = await FindProjectAsync(database);
        Assert.Equal(ExitCode.Ready, await RunAsync(Settings(database)));

        Assert.Equal(first.Uid, (await FindProjectAsync(database)).Uid);
    }

    [Fact]
    public async Task Runs_at_once_all_end_ready()
    {
        await using var database = await EmptyDatabase.CreateAsync();

        var codes = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunAsync(Settings(database))));

        Assert.All(codes, code => Assert.Equal(ExitCode.Ready, code));
    }

    [Fact]
    public async Task The_cli_key_reaches_its_project_and_a_services_key_reaches_all()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));

        var keys = new ApiKeyStore(database.Owner);
        var (cli, service) = (await keys.FindAsync("cli1", Token), await keys.FindAsync("svc1", Token));

        Assert.Equal(("lab", "cli"), (cli!.ProjectName, cli.Label));
        Assert.True(ApiKey.Parse(CliKey).Matches(cli.SecretHash));
        Assert.Equal((null, "ingest"), (service!.ProjectName, service.Label));
    }

    [Theory]
    [InlineData("disable_time", "stays disabled")]
    [InlineData("expire_time", "has expired")]
    public async Task A_key_that_is_refused_stays_so_under_a_new_secret_and_is_told_of(string column, string told)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));
        var changed = $"UPDATE access.api_key SET {column} = '2026-03-04', label = 'gone' WHERE key_id = 'svc1'";
        await using (var change = database.Owner.CreateCommand(changed))
        {
            await change.ExecuteNonQueryAsync(Token);
        }

        using var log = new LogCapture();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        const string Renewed = "dk_svc1_00000000deadbeef";
        var settings = new Dictionary<string, string?>(Settings(database)) { ["Seed:Keys:ingest"] = Renewed };
        Assert.Equal(ExitCode.Ready, await RunAsync(settings, Token, logging));

        var key = (await new ApiKeyStore(database.Owner).FindAsync("svc1", Token))!;
        Assert.NotNull(key.DisableTime ?? key.ExpireTime);
        Assert.Equal(("gone", true), (key.Label, ApiKey.Parse(Renewed).Matches(key.SecretHash)));
        var warned = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Warning);
        Assert.Contains(told, warned.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_configured_to_reach_less_keeps_what_it_reaches_and_is_told_of()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));

        using var log = new LogCapture();
        using var logging = LoggerFactory.Create(builder => builder.AddProvider(log));
        var settings = new Dictionary<string, string?>(Settings(database)) { ["Seed:Keys:cli"] = ServiceKey };
        settings.Remove("Seed:Keys:ingest");
        Assert.Equal(ExitCode.Ready, await RunAsync(settings, Token, logging));

        var key = (await new ApiKeyStore(database.Owner).FindAsync("svc1", Token))!;
        Assert.Equal((null, "service"), (key.ProjectName, Assert.Single(key.Roles)));
        var warned = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Warning);
        Assert.Contains(
            "API key svc1 (ingest) still reaches every project as service, and not lab as admin as configured",
            warned.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Login_roles_have_the_grants_of_their_service_and_the_password_as_a_verifier()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));

        await using var command = database.Owner.CreateCommand(
            """
            SELECT rolpassword FROM pg_authid
            WHERE rolname = 'dendrite_branch' AND rolcanlogin
                AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole
                AND pg_has_role('dendrite_branch', 'dendrite_branch_service', 'USAGE')
                AND NOT pg_has_role('dendrite_branch', 'dendrite_owner', 'MEMBER')
            """
        );

        Assert.StartsWith(
            "SCRAM-SHA-256$4096:",
            (string?)await command.ExecuteScalarAsync(Token),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_role_for_assertions_logs_in_and_may_write_little_to_disk_and_belongs_to_no_service()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));

        await using var command = database.Owner.CreateCommand(
            """
            SELECT array_to_string(rolconfig, ' ') FROM pg_roles
            WHERE rolname = 'dendrite_assertion' AND rolcanlogin
                AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb
                AND NOT pg_has_role('dendrite_assertion', 'dendrite_service', 'MEMBER')
                AND NOT pg_has_role('dendrite_assertion', 'dendrite_owner', 'MEMBER')
                AND has_database_privilege('dendrite_assertion', current_database(), 'CONNECT, TEMPORARY')
                AND NOT has_database_privilege('dendrite_assertion', current_database(), 'CREATE')
            """
        );

        Assert.Equal("temp_file_limit=1GB", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task The_role_that_vacuums_changes_nothing_by_mistake_and_has_what_its_server_asks_for()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));

        await using var command = database.Owner.CreateCommand(
            """
            SELECT array_to_string(rolconfig, ' ') FROM pg_roles
            WHERE rolname = 'dendrite_care' AND rolcanlogin
                AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb
                AND NOT pg_has_role('dendrite_care', 'dendrite_service', 'MEMBER')
                AND pg_has_role('dendrite_care', 'dendrite_owner', 'MEMBER')
                    = (current_setting('server_version_num')::int < 170000)
                AND has_database_privilege('dendrite_care', current_database(), 'CONNECT')
            """
        );

        Assert.Equal("default_transaction_read_only=on", await command.ExecuteScalarAsync(Token));
    }

    [Fact]
    public async Task A_password_of_quotes_and_format_signs_stays_a_password()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var settings = Settings(database);
        settings["Roles:comparison:Password"] = "'; DROP ROLE postgres; --%I%L\\\"$$";

        Assert.Equal(ExitCode.Ready, await RunAsync(settings));
    }

    [Theory]
    [InlineData("ConnectionStrings:platform", null)]
    [InlineData("ConnectionStrings:platform", "no connection string")]
    [InlineData("Roles:branch:Password", "")]
    [InlineData("Roles:branch:Password", "pässword")]
    [InlineData("Roles:brunch:Password", "secret")]
    [InlineData("Seed:Keys:cli", "not a key")]
    [InlineData("Seed:Project", null)]
    [InlineData("Seed:Project", "Not An Id")]
    public async Task A_wrong_setting_ends_the_run(string key, string? value)
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var settings = Settings(database);
        settings[key] = value;

        Assert.Equal(ExitCode.ConfigurationWrong, await RunAsync(settings));
    }

    [Fact]
    public async Task A_database_of_a_newer_build_is_refused()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        await RunAsync(Settings(database));
        await using var command = database.Owner.CreateCommand(
            "INSERT INTO migrations.applied (number, name, checksum) VALUES (9999, 'from_tomorrow', '0123456789abcdef')"
        );
        await command.ExecuteNonQueryAsync(Token);

        Assert.Equal(ExitCode.MigrationRefused, await RunAsync(Settings(database)));
    }

    [Fact]
    public async Task A_server_that_refuses_the_login_is_not_waited_for()
    {
        await using var database = await EmptyDatabase.CreateAsync();
        var settings = Settings(database);
        settings["ConnectionStrings:platform"] = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Username = "nobody_here",
        }.ConnectionString;

        Assert.Equal(ExitCode.DatabaseAway, await RunAsync(settings).WaitAsync(TimeSpan.FromSeconds(60), Token));
    }

    [Fact]
    public async Task Waiting_for_a_server_can_be_stopped()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        stop.CancelAfter(TimeSpan.FromMilliseconds(200));
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:platform"] = "Host=127.0.0.1;Port=1;Username=postgres;Database=platform",
        };

        Assert.Equal(ExitCode.Stopped, await RunAsync(settings, stop.Token));
    }

    private static Dictionary<string, string?> Settings(EmptyDatabase database) =>
        new()
        {
            ["ConnectionStrings:platform"] = database.ConnectionString,
            ["Roles:branch:Password"] = "branch-secret",
            ["Roles:ingest:Password"] = "ingest-secret",
            ["Roles:assertion:Password"] = "assertion-secret",
            ["Roles:care:Password"] = "care-secret",
            ["Seed:Project"] = "lab",
            ["Seed:Keys:cli"] = CliKey,
            ["Seed:Keys:ingest"] = ServiceKey,
        };

    private static Task<ExitCode> RunAsync(Dictionary<string, string?> settings) => RunAsync(settings, Token);

    private static Task<ExitCode> RunAsync(
        Dictionary<string, string?> settings,
        CancellationToken cancellationToken,
        ILoggerFactory? logging = null
    ) =>
        new PlatformPreparation(
            new ConfigurationBuilder().AddInMemoryCollection(settings).Build(),
            TimeProvider.System,
            logging ?? NullLoggerFactory.Instance
        ).RunAsync(cancellationToken);

    private static Task<ProjectRecord> FindProjectAsync(EmptyDatabase database) =>
        new ProjectStore(new(database.Owner)).GetAsync("lab", Token);
}
