using Dendrite.Errors;
using Dendrite.Fixtures.Postgres;
using Dendrite.Fixtures.Redis;
using Dendrite.ServiceDefaults.Caching;
using Dendrite.Storage.Access;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace Dendrite.Access.Tests;

public sealed class ApiKeyAuthenticatorTests(TestDatabase database) : IClassFixture<TestDatabase>, IAsyncLifetime
{
    private RedisServer? server;
    private ConnectionMultiplexer? redis;

    public async ValueTask InitializeAsync()
    {
        server = await RedisServer.StartAsync();
        redis = await ConnectionMultiplexer.ConnectAsync(server.ConnectionString);
    }

    public async ValueTask DisposeAsync()
    {
        await redis!.DisposeAsync();
        await server!.DisposeAsync();
    }

    [Fact]
    public async Task A_good_key_says_who_calls_and_what_it_reaches()
    {
        var project = await TestKeys.AddProjectAsync(database, "lab");
        var key = await TestKeys.AddAsync(database, stored => stored with { Project = project });
        // From PostgreSQL, then from Redis.
        for (var i = 0; i < 2; i++)
        {
            var caller = await Authenticator().AuthenticateAsync(key.Bearer(), default);
            Assert.Equal((key.Id, "a test", project), (caller.KeyId, caller.Label, caller.Project));
            Assert.Equal(["writer"], caller.Roles);
            caller.Require("lab");
            caller.RequireRole("writer");
            Assert.All(
                [() => caller.Require("other"), caller.RequireEveryProject, () => caller.RequireRole("admin")],
                (Action refused) =>
                    Assert.Equal(ErrorReason.PermissionDenied, Assert.Throws<DendriteException>(refused).Reason)
            );
            await UntilCachedAsync(key);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Basic dk_abc_0123456789abcdef0123456789abcdef")]
    [InlineData("dk_abc_0123456789abcdef0123456789abcdef")]
    [InlineData("Bearer dk_abc_short")]
    [InlineData("Bearer dk_a'b_0123456789abcdef0123456789abcdef")]
    [InlineData("Bearer dk_unknown_0123456789abcdef0123456789abcdef")]
    public async Task What_is_no_good_key_is_unauthenticated_and_not_repeated(string? authorization)
    {
        var error = await RefusalAsync(Authenticator(), authorization);
        Assert.Equal(ErrorReason.Unauthenticated, error.Reason);
        Assert.DoesNotContain("0123456789abcdef", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_right_secret_under_another_id_is_not_that_key()
    {
        var key = await TestKeys.AddAsync(database);
        await Authenticator().AuthenticateAsync(key.Bearer(), default);
        await UntilCachedAsync(key);
        var forged = key.Bearer().Replace(key.Id, "another", StringComparison.Ordinal);
        await RefusalAsync(Authenticator(), forged);
    }

    [Fact]
    public async Task The_right_secret_under_another_id_does_not_lock_out_who_has_both()
    {
        var key = await TestKeys.AddAsync(database);
        var authenticator = Authenticator();
        var forged = key.Bearer().Replace(key.Id, "another", StringComparison.Ordinal);

        await RefusalAsync(authenticator, forged);

        Assert.Equal(key.Id, (await authenticator.AuthenticateAsync(key.Bearer(), default)).KeyId);
        await RefusalAsync(authenticator, forged);
    }

    [Fact]
    public async Task A_disabled_key_is_refused_at_once_when_forgotten_and_else_within_the_lifetime_of_the_cache()
    {
        var key = await TestKeys.AddAsync(database);
        var authenticator = Authenticator();
        await authenticator.AuthenticateAsync(key.Bearer(), default);
        await UntilCachedAsync(key);
        Assert.InRange(
            (await redis!.GetDatabase().KeyTimeToLiveAsync(CacheKey(key)))!.Value,
            TimeSpan.Zero,
            ApiKeyAuthenticator.CacheLifetime
        );

        await TestKeys.PutAsync(database, key, stored => stored with { DisableTime = DateTimeOffset.UnixEpoch });
        await authenticator.AuthenticateAsync(key.Bearer(), default);
        await authenticator.ForgetAsync(key.HashSecret());
        var error = await RefusalAsync(authenticator, key.Bearer());
        Assert.Contains("disabled", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_ends_when_it_expires_also_in_the_cache()
    {
        var time = new SettableTime();
        var end = time.GetUtcNow().AddSeconds(5);
        var key = await TestKeys.AddAsync(database, stored => stored with { ExpireTime = end });
        var authenticator = Authenticator(time);
        await authenticator.AuthenticateAsync(key.Bearer(), default);
        await UntilCachedAsync(key);
        time.Now = end;
        var error = await RefusalAsync(authenticator, key.Bearer());
        Assert.Contains("expired", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A Redis that stood still takes it with a whole lifetime, whenever it goes on.</summary>
    [Fact]
    public async Task What_was_proved_longer_ago_than_the_lifetime_does_not_count_however_late_Redis_took_it()
    {
        var time = new SettableTime();
        var key = await TestKeys.AddAsync(database);
        var authenticator = Authenticator(time);
        await authenticator.AuthenticateAsync(key.Bearer(), default);
        await UntilCachedAsync(key);
        await TestKeys.PutAsync(database, key, stored => stored with { DisableTime = DateTimeOffset.UnixEpoch });

        time.Now += ApiKeyAuthenticator.CacheLifetime;

        Assert.True(await redis!.GetDatabase().KeyExistsAsync(CacheKey(key)));
        await RefusalAsync(authenticator, key.Bearer());
    }

    [Fact]
    public async Task Without_Redis_PostgreSQL_answers()
    {
        var key = await TestKeys.AddAsync(database);
        await server!.KillAsync();
        for (var i = 0; i < 3; i++)
            Assert.Equal(key.Id, (await Authenticator().AuthenticateAsync(key.Bearer(), default)).KeyId);
    }

    [Fact]
    public async Task What_lies_in_Redis_cannot_be_presented_and_rubbish_there_does_no_harm()
    {
        var key = await TestKeys.AddAsync(database);
        await redis!.GetDatabase().StringSetAsync(CacheKey(key), "{\"rubbish\":1}");
        await Authenticator().AuthenticateAsync(key.Bearer(), default);
        string? cached = null;
        while (cached?.Contains(key.Id, StringComparison.Ordinal) != true)
            cached = await redis.GetDatabase().StringGetAsync(CacheKey(key));
        Assert.DoesNotContain(key.Reveal()[^64..], cached, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(key.HashSecret()), cached, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Guessing_leaves_nothing_in_Redis()
    {
        var authenticator = Authenticator();
        for (var i = 0; i < 50; i++)
            await RefusalAsync(authenticator, ApiKey.Generate().Bearer());
        Assert.Equal(0, (long)(RedisValue)await redis!.GetDatabase().ExecuteAsync("DBSIZE"));
    }

    [Fact]
    public async Task A_key_that_was_tried_too_early_is_taken_soon_after_it_is_made()
    {
        var time = new SettableTime();
        var authenticator = Authenticator(time);
        var key = ApiKey.Generate();
        await RefusalAsync(authenticator, key.Bearer());
        await TestKeys.PutAsync(database, key);
        await RefusalAsync(authenticator, key.Bearer());
        time.Now += TimeSpan.FromSeconds(2);
        Assert.Equal(key.Id, (await authenticator.AuthenticateAsync(key.Bearer(), default)).KeyId);
    }

    // As the role with the fewest grants.
    private ApiKeyAuthenticator Authenticator(TimeProvider? time = null) =>
        new(
            new ApiKeyStore(database.Comparison),
            new HotCache(redis!, TimeProvider.System, NullLogger<HotCache>.Instance),
            time ?? TimeProvider.System
        );

    private async Task UntilCachedAsync(ApiKey key)
    {
        while (!await redis!.GetDatabase().KeyExistsAsync(CacheKey(key)))
            await Task.Delay(TimeSpan.FromMilliseconds(5), TestContext.Current.CancellationToken);
    }

    private static string CacheKey(ApiKey key) => $"dendrite:api-key:{Convert.ToHexStringLower(key.HashSecret())}";

    private static Task<DendriteException> RefusalAsync(ApiKeyAuthenticator authenticator, string? authorization) =>
        Assert.ThrowsAsync<DendriteException>(() => authenticator.AuthenticateAsync(authorization, default));

    private sealed class SettableTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 21, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.Ticks;
    }
}
