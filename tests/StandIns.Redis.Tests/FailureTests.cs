using System.Net;
using System.Net.Sockets;
using Dendrite.Fixtures.Redis;
using StackExchange.Redis;

namespace Dendrite.StandIns.Redis.Tests;

public sealed class FailureTests
{
    [Fact]
    public async Task A_killed_server_fails_commands_at_once_and_its_return_is_noticed()
    {
        await using var server = await RedisServer.StartAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var failed = new TaskCompletionSource<ConnectionFailedEventArgs>();
        var restored = new TaskCompletionSource<ConnectionFailedEventArgs>();
        multiplexer.ConnectionFailed += (_, e) => failed.TrySetResult(e);
        multiplexer.ConnectionRestored += (_, e) => restored.TrySetResult(e);
        var database = multiplexer.GetDatabase();
        await database.StringSetAsync("k", "v");

        await server.KillAsync();
        await Assert.ThrowsAsync<RedisConnectionException>(() => database.StringGetAsync("k").Bounded());
        await failed.Task.Bounded();
        await Patience.UntilAsync(() => Task.FromResult(!multiplexer.IsConnected));
        var refused = database.StringGetAsync("k");
        Assert.True(refused.IsFaulted);

        await server.StartAgainAsync();
        await restored.Task.Bounded();
        await Patience.UntilAsync(() => Task.FromResult(multiplexer.IsConnected));
        Assert.True((await database.StringGetAsync("k").Bounded()).IsNull);
    }

    [Fact]
    public async Task Subscriptions_are_made_again_on_a_new_connection()
    {
        await using var server = await RedisServer.StartAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var subscriber = multiplexer.GetSubscriber();
        var literal = await subscriber.SubscribeAsync(RedisChannel.Literal("c")).Bounded();
        var pattern = await subscriber.SubscribeAsync(RedisChannel.Pattern("c*")).Bounded();

        await server.KillAsync();
        await Patience.UntilAsync(() => Task.FromResult(!subscriber.IsConnected()));
        var meanwhile = await subscriber.SubscribeAsync(RedisChannel.Literal("c")).Bounded();
        await server.StartAgainAsync();

        await Patience.UntilAsync(async () => await HeardByAsync(subscriber) == 2);
        foreach (var queue in new[] { literal, pattern, meanwhile })
            Assert.Equal("again", (await queue.ReadAsync().AsTask().Bounded()).Message);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_a_timeout_and_later_answers_are_still_paired()
    {
        await using var server = await RedisServer.StartAsync();
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(
            $"{server.ConnectionString},asyncTimeout=600,allowAdmin=true"
        );
        var database = multiplexer.GetDatabase();
        await database.StringSetAsync("k", "v");
        await database.ExecuteAsync("CLIENT", "PAUSE", 1000);
        var error = await Assert.ThrowsAsync<RedisTimeoutException>(() => database.StringGetAsync("k").Bounded());
        Assert.Contains("GET within 600 ms", error.Message, StringComparison.Ordinal);
        Assert.Equal(CommandStatus.Sent, error.Commandstatus);
        await Patience.UntilAsync(async () => await EventuallyAsync(() => database.PingAsync()));
        Assert.Equal("v", await database.StringGetAsync("k").Bounded());
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_does_not_hold_up_the_start()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        await using var multiplexer = await ConnectionMultiplexer
            .ConnectAsync($"127.0.0.1:{port},abortConnect=false,connectTimeout=200,connectRetry=1")
            .Bounded();
        Assert.False(multiplexer.IsConnected);
        Assert.True(multiplexer.IsConnecting);
    }

    [Fact]
    public async Task What_is_not_Redis_is_said_to_be_that()
    {
        using var stranger = new TcpListener(IPAddress.Loopback, 0);
        stranger.Start();
        var port = ((IPEndPoint)stranger.LocalEndpoint).Port;
        var connecting = ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{port},connectTimeout=5000,connectRetry=1");
        while (!connecting.IsCompleted)
        {
            var accepting = stranger.AcceptTcpClientAsync();
            if (await Task.WhenAny(accepting, connecting).Bounded() == connecting)
                break;
            await (await accepting).GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        }

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => connecting);
        Assert.Equal(ConnectionFailureType.ProtocolFailure, error.FailureType);
    }

    [Fact]
    public async Task Nobody_there_fails_or_waits_as_configured()
    {
        var nowhere = $"127.0.0.1:{RedisServer.FreePort()},connectRetry=2";
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() =>
            ConnectionMultiplexer.ConnectAsync(nowhere).Bounded()
        );
        Assert.Equal(ConnectionFailureType.UnableToConnect, error.FailureType);

        await using var waiting = await ConnectionMultiplexer.ConnectAsync($"{nowhere},abortConnect=false").Bounded();
        Assert.False(waiting.IsConnected);
        await Assert.ThrowsAsync<RedisConnectionException>(() => waiting.GetDatabase().PingAsync());
    }

    [Fact]
    public async Task A_password_is_needed_and_is_in_no_message()
    {
        await using var server = await RedisServer.StartAsync("right-secret");
        await using var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString).Bounded();
        Assert.True(await multiplexer.GetDatabase().StringSetAsync("k", "v"));

        foreach (var attempt in new[] { "", ",password=wrong-secret", ",user=someone,password=wrong-secret" })
        {
            var error = await Assert.ThrowsAsync<RedisConnectionException>(() =>
                ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port}{attempt}").Bounded()
            );
            Assert.Equal(ConnectionFailureType.AuthenticationFailure, error.FailureType);
            Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Closing_lets_commands_end_and_disposing_twice_is_fine()
    {
        await using var server = await RedisServer.StartAsync();
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
        var database = multiplexer.GetDatabase();
        var increments = Enumerable.Range(0, 500).Select(_ => database.StringIncrementAsync("n")).ToList();
        await multiplexer.CloseAsync().Bounded();
        Assert.Equal(500, (await Task.WhenAll(increments)).Max());
        await multiplexer.DisposeAsync();
        await multiplexer.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => database.PingAsync());
    }

    private static async Task<long> HeardByAsync(ISubscriber subscriber)
    {
        try
        {
            return await subscriber.PublishAsync(RedisChannel.Literal("c"), "again");
        }
        catch (RedisConnectionException)
        {
            return 0;
        }
    }

    private static async Task<bool> EventuallyAsync(Func<Task> action)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return false;
        }
    }
}
