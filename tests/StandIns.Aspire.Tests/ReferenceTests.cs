using Npgsql;
using StackExchange.Redis;

namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>What a service is told about the others.</summary>
public sealed class ReferenceTests(SharedApplication shared)
{
    [Fact]
    public async Task A_connection_string_opens_the_database_that_was_created_for_it()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);

        await using var connection = new NpgsqlConnection(environment["ConnectionStrings__lab-database"]);
        await connection.OpenAsync(TestContext.Current.CancellationToken);

        Assert.Equal("lab", connection.Database);
    }

    [Fact]
    public async Task The_database_refuses_a_wrong_password()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);
        var wrong = new NpgsqlConnectionStringBuilder(environment["ConnectionStrings__lab-database"])
        {
            Password = "wrong",
        };

        await using var connection = new NpgsqlConnection(wrong.ConnectionString);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() =>
            connection.OpenAsync(TestContext.Current.CancellationToken)
        );

        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task A_connection_string_may_be_handed_over_by_another_name()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);

        await using var redis = await ConnectionMultiplexer.ConnectAsync(environment["ConnectionStrings__cache"]);

        Assert.True(await redis.GetDatabase().PingAsync() > TimeSpan.Zero);
    }

    [Fact]
    public async Task The_parts_of_a_connection_string_come_one_by_one_too()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);

        Assert.Equal("localhost", environment["LAB_DATABASE_HOST"]);
        Assert.Equal("postgres", environment["LAB_DATABASE_USERNAME"]);
        Assert.Equal("lab", environment["LAB_DATABASE_DATABASENAME"]);
        Assert.Contains(
            $":{environment["LAB_DATABASE_PORT"]}/lab",
            environment["LAB_DATABASE_URI"],
            StringComparison.Ordinal
        );
        Assert.Equal($"{shared.Redis.Resource.PrimaryEndpoint.Port}", environment["CACHE_PORT"]);
    }

    [Fact]
    public async Task A_service_finds_each_replica_of_another_at_each_endpoint()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);

        var grpc = shared.Backend.GetEndpoint("grpc");
        Assert.Equal(grpc.UrlOf(0), environment["services__backend__grpc__0"]);
        Assert.Equal(grpc.UrlOf(1), environment["services__backend__grpc__1"]);
        Assert.DoesNotContain("services__backend__grpc__2", environment.Keys);
        Assert.Equal(grpc.Url, environment["BACKEND_GRPC"]);
        Assert.Equal(shared.Backend.GetEndpoint("http").Url, environment["BACKEND_HTTP"]);
    }

    [Fact]
    public async Task Each_replica_is_a_process_that_listens_on_ports_of_its_own()
    {
        var first = await shared.AskAsync<int>(shared.Backend, "/pid", replica: 0);
        var second = await shared.AskAsync<int>(shared.Backend, "/pid", replica: 1);

        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task An_expression_is_filled_with_ports_and_parameters_and_keeps_its_own_braces()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Frontend);

        var port = shared.Database.Resource.Parent.PrimaryEndpoint.Port;
        Assert.Equal($"{{{port}}}/a{{b}}c/x", environment["EXPRESSION"]);
        Assert.Equal("a{b}c", environment["PARAMETER"]);
    }

    [Fact]
    public async Task What_is_meant_for_the_application_host_itself_is_not_handed_down()
    {
        var environment = await shared.EnvironmentOfAsync(shared.Backend);

        Assert.DoesNotContain("ASPNETCORE_URLS", environment.Keys);
        Assert.DoesNotContain("ASPIRE_CLI_PID", environment.Keys);
        Assert.DoesNotContain(environment.Keys, key => key.StartsWith("ConnectionStrings__", StringComparison.Ordinal));
    }
}
