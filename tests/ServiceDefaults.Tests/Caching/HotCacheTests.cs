using Dendrite.Fixtures.Logging;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults.Caching;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Dendrite.ServiceDefaults.Tests.Caching;

public sealed class HotCacheTests
{
    private static readonly byte[] Value = [1, 2, 3];

    [Fact]
    public async Task What_is_kept_is_found_until_it_is_forgotten()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var cache = new HotCache(redis, TimeProvider.System, LoggerOf(new LogCapture()));
        Assert.Null(await cache.FindAsync("k"));
        cache.Keep("k", Value, TimeSpan.FromMinutes(1));
        Assert.Equal(Value, await cache.FindAsync("k"));
        Assert.InRange((await redis.GetDatabase().KeyTimeToLiveAsync("k"))!.Value.TotalSeconds, 1, 60);
        await cache.ForgetAsync("k", "other");
        Assert.Null(await cache.FindAsync("k"));
    }

    [Fact]
    public async Task Redis_may_go_and_come_back_and_is_complained_of_once()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var logs = new LogCapture();
        var cache = new HotCache(redis, TimeProvider.System, LoggerOf(logs));
        await server.KillAsync();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(await cache.FindAsync("k").Bounded());
            cache.Keep("k", Value, TimeSpan.FromMinutes(1));
            await cache.ForgetAsync("k").Bounded();
        }

        Assert.Single(logs.Entries, entry => entry.Level is LogLevel.Warning);
        await server.StartAgainAsync();
        while (await cache.FindAsync("k") is null)
        {
            cache.Keep("k", Value, TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        }

        Assert.Equal(1102, logs.Entries[^1].Id.Id);
    }

    [Fact]
    public async Task A_Redis_that_hangs_costs_one_call_a_moment_and_the_next_ones_nothing()
    {
        await using var server = await RedisServer.StartAsync();
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{server.ConnectionString},allowAdmin=true");
        var cache = new HotCache(redis, TimeProvider.System, LoggerOf(new LogCapture()));
        await redis.GetDatabase().ExecuteAsync("CLIENT", "PAUSE", 3000);
        Assert.Null(await cache.FindAsync("k").Bounded());
        Assert.True(cache.FindAsync("k").IsCompletedSuccessfully);
    }

    private static ILogger<HotCache> LoggerOf(LogCapture logs)
    {
        var factory = LoggerFactory.Create(builder => builder.AddProvider(logs));
        return factory.CreateLogger<HotCache>();
    }
}
