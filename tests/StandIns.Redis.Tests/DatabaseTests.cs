using StackExchange.Redis;

namespace Dendrite.StandIns.Redis.Tests;

public sealed class DatabaseTests(SharedRedis redis)
{
    private readonly IDatabase database = redis.Database;

    [Fact]
    public async Task A_value_is_set_read_and_deleted()
    {
        RedisKey key = nameof(A_value_is_set_read_and_deleted);
        Assert.True((await database.StringGetAsync(key)).IsNull);
        Assert.True(await database.StringSetAsync(key, "ä value"));
        Assert.Equal("ä value", (string?)await database.StringGetAsync(key));
        Assert.True(await database.KeyExistsAsync(key));
        Assert.True(await database.KeyDeleteAsync(key));
        Assert.False(await database.KeyDeleteAsync(key));
    }

    [Fact]
    public async Task Conditions_decide_whether_a_value_is_set()
    {
        RedisKey key = nameof(Conditions_decide_whether_a_value_is_set);
        Assert.False(await database.StringSetAsync(key, "1", when: When.Exists));
        Assert.True(await database.StringSetAsync(key, "2", when: When.NotExists));
        Assert.False(await database.StringSetAsync(key, "3", TimeSpan.FromMinutes(1), When.NotExists));
        Assert.Equal("2", await database.StringGetAsync(key));
        Assert.Equal("2", await database.StringGetDeleteAsync(key));
        Assert.False(await database.KeyExistsAsync(key));
    }

    [Fact]
    public async Task Expiry_is_set_kept_read_and_taken_away()
    {
        RedisKey key = nameof(Expiry_is_set_kept_read_and_taken_away);
        await database.StringSetAsync(key, "1", TimeSpan.FromMinutes(1));
        Assert.InRange(
            (await database.KeyTimeToLiveAsync(key))!.Value,
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMinutes(1)
        );
        await database.StringSetAsync(key, "2", expiry: null, keepTtl: true);
        Assert.NotNull(await database.KeyTimeToLiveAsync(key));
        Assert.False(await database.KeyExpireAsync(key, TimeSpan.FromHours(1), ExpireWhen.HasNoExpiry));
        Assert.True(await database.KeyExpireAsync(key, TimeSpan.FromHours(1)));
        Assert.True(await database.KeyExpireAsync(key, expiry: null));
        Assert.Null(await database.KeyTimeToLiveAsync(key));

        await database.StringSetAsync(key, "3", TimeSpan.FromMilliseconds(1));
        await Patience.UntilAsync(async () => !await database.KeyExistsAsync(key));
    }

    [Fact]
    public async Task Several_keys_are_read_and_deleted_in_one_round_trip()
    {
        RedisKey[] keys = ["several:1", "several:missing", "several:2"];
        await database.StringSetAsync(keys[0], 1);
        await database.StringSetAsync(keys[2], 2);
        Assert.Equal([1, RedisValue.Null, 2], await database.StringGetAsync(keys));
        Assert.Equal(2, await database.KeyDeleteAsync(keys));
        Assert.Empty(await database.StringGetAsync([]));
    }

    [Fact]
    public async Task Hashes_hold_fields()
    {
        RedisKey key = nameof(Hashes_hold_fields);
        await database.HashSetAsync(key, [new HashEntry("a", 1), new HashEntry("b", "two")]);
        Assert.True(await database.HashSetAsync(key, "c", 3));
        Assert.False(await database.HashSetAsync(key, "c", 4, When.NotExists));
        Assert.Equal(5, await database.HashIncrementAsync(key, "a", 4));
        Assert.Equal([5, RedisValue.Null, 3], await database.HashGetAsync(key, ["a", "x", "c"]));
        Assert.True(await database.HashDeleteAsync(key, "c"));
        var all = await database.HashGetAllAsync(key);
        Assert.Equal(["a: 5", "b: two"], all.Select(entry => entry.ToString()).Order());
        Assert.Equal("two", await database.HashGetAsync(key, "b"));
    }

    [Fact]
    public async Task Scripts_run_by_digest_and_by_text_where_the_server_has_forgotten_them()
    {
        const string Script = "return {KEYS[1], ARGV[1], 7}";
        for (var i = 0; i < 2; i++)
        {
            var result = await database.ScriptEvaluateAsync(Script, ["k"], ["v"]);
            Assert.Equal(["k", "v", 7], (RedisValue[])result!);
            await database.ExecuteAsync("SCRIPT", "FLUSH");
        }

        Assert.Equal(3, (int)(await database.ScriptEvaluateAsync("return {1, {2, 3}}"))[1][1]);
    }

    [Theory]
    [InlineData("FLUSHALL")]
    [InlineData("client", "PAUSE", "1")]
    public async Task Commands_that_administer_the_server_are_refused_unless_they_are_allowed(
        string command,
        params string[] arguments
    )
    {
        var error = await Assert.ThrowsAsync<RedisCommandException>(() =>
            database.ExecuteAsync(command, [.. arguments])
        );

        Assert.Contains("unless admin mode is enabled", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(0, (long)(RedisValue)await database.ExecuteAsync("CLIENT", "ID"));
    }

    [Fact]
    public async Task An_error_of_the_server_reaches_the_caller_in_its_words()
    {
        RedisKey key = nameof(An_error_of_the_server_reaches_the_caller_in_its_words);
        await database.StringSetAsync(key, "text");
        var error = await Assert.ThrowsAsync<RedisServerException>(() => database.StringIncrementAsync(key));
        Assert.Contains("not an integer", error.Message, StringComparison.Ordinal);
        Assert.Equal("text", await database.StringGetAsync(key));
    }

    [Fact]
    public async Task Numbered_databases_are_kept_apart_on_one_connection()
    {
        RedisKey key = nameof(Numbered_databases_are_kept_apart_on_one_connection);
        var other = redis.Multiplexer.GetDatabase(5);
        await Task.WhenAll(
            Enumerable
                .Range(0, 200)
                .Select(i => (i % 2 == 0 ? database : other).HashSetAsync(key, i, i % 2 == 0 ? "zero" : "five"))
        );
        Assert.All(await database.HashGetAllAsync(key), entry => Assert.Equal("zero", entry.Value));
        Assert.All(await other.HashGetAllAsync(key), entry => Assert.Equal("five", entry.Value));
    }

    [Fact]
    public async Task A_value_of_many_megabytes_goes_there_and_back()
    {
        RedisKey key = nameof(A_value_of_many_megabytes_goes_there_and_back);
        var value = new byte[32 * 1024 * 1024];
        new Random(20_261_121).NextBytes(value);
        await database.StringSetAsync(key, value);
        byte[]? read = await database.StringGetAsync(key);
        Assert.True(value.AsSpan().SequenceEqual(read));
        await database.KeyDeleteAsync(key);
    }

    [Fact]
    public async Task A_thousand_callers_at_once_each_get_their_own_answer()
    {
        var callers = Enumerable
            .Range(0, 1000)
            .Select(async caller =>
            {
                for (var i = 0; i < 20; i++)
                {
                    await database.StringSetAsync($"caller:{caller}", $"{caller}/{i}");
                    Assert.Equal($"{caller}/{i}", await database.StringGetAsync($"caller:{caller}"));
                }

                return await database.StringIncrementAsync("callers");
            });
        var counted = await Task.WhenAll(callers).Bounded();
        Assert.Equal(Enumerable.Range(1, 1000).Select(i => (long)i), counted.Order());
    }

    [Fact]
    public async Task Fire_and_forget_does_not_wait_and_never_fails()
    {
        RedisKey key = nameof(Fire_and_forget_does_not_wait_and_never_fails);
        await database.StringSetAsync(key, "text", flags: CommandFlags.FireAndForget);
        Assert.Equal(0, await database.StringIncrementAsync(key, flags: CommandFlags.FireAndForget));
        Assert.Equal("text", await database.StringGetAsync(key));
    }
}
