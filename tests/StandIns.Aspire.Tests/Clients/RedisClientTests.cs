using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using StackExchange.Redis;

namespace Dendrite.StandIns.Aspire.Tests.Clients;

public sealed class RedisClientTests(SharedApplication shared)
{
    [Fact]
    public async Task A_client_is_connected_and_healthy()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] = await shared.Redis.Resource.GetConnectionStringAsync(
            TestContext.Current.CancellationToken
        );
        builder.AddRedisClient("redis");
        using var host = builder.Build();

        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Bounded();

        Assert.Equal(HealthStatus.Healthy, health.Entries["StackExchange.Redis"].Status);
        Assert.True(host.Services.GetRequiredService<IConnectionMultiplexer>().IsConnected);
    }

    [Fact]
    public async Task A_host_starts_without_its_server_and_says_so_in_its_health()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration["ConnectionStrings:redis"] =
            "localhost:1,connectTimeout=200,connectRetry=1,asyncTimeout=200";
        builder.AddRedisClient("redis");
        using var host = builder.Build();

        await host.StartAsync(TestContext.Current.CancellationToken).Bounded();
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Bounded();

        Assert.Equal(HealthStatus.Unhealthy, health.Status);
    }

    [Fact]
    public void A_missing_connection_string_names_the_key_to_set()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.AddRedisClient("redis");
        using var host = builder.Build();

        var error = Assert.Throws<InvalidOperationException>(() => host.Services.GetService<IConnectionMultiplexer>());

        Assert.Contains("ConnectionStrings:redis", error.Message, StringComparison.Ordinal);
    }
}
