using System.Text;
using StackExchange.Redis;

namespace Dendrite.StandIns.Redis.Tests.Values;

public sealed class RedisValueTests
{
    [Fact]
    public void Values_are_equal_when_the_bytes_they_send_are()
    {
        RedisValue text = "42";
        RedisValue number = 42;
        RedisValue bytes = "42"u8.ToArray();
        RedisValue memory = (ReadOnlyMemory<byte>)"42"u8.ToArray();
        RedisValue[] all = [text, number, bytes, memory];
        Assert.All(all, one => Assert.All(all, other => Assert.True(one == other)));
        Assert.Single(all.Select(value => value.GetHashCode()).Distinct());
        Assert.NotEqual(number, (RedisValue)43);
    }

    [Fact]
    public void Nothing_is_not_the_empty_string()
    {
        Assert.NotEqual(RedisValue.Null, RedisValue.EmptyString);
        Assert.True(RedisValue.Null.IsNull);
        Assert.False(RedisValue.EmptyString.IsNull);
        Assert.True(RedisValue.EmptyString.IsNullOrEmpty);
        Assert.Null((string?)RedisValue.Null);
        Assert.Null((byte[]?)RedisValue.Null);
        Assert.Equal(0, (long)RedisValue.Null);
        Assert.Null((long?)RedisValue.Null);
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(long.MaxValue)]
    public void Whole_numbers_survive_the_way_through_text_and_bytes(long number)
    {
        Assert.Equal(number, (long)(RedisValue)number.ToString());
        Assert.Equal(number, (long)(RedisValue)Encoding.UTF8.GetBytes(number.ToString()));
        Assert.Equal(number.ToString(), (string?)(RedisValue)number);
    }

    [Fact]
    public void What_is_no_number_is_not_read_as_one()
    {
        Assert.Throws<InvalidCastException>(() => (long)(RedisValue)"4x");
        Assert.Throws<InvalidCastException>(() => (long)(RedisValue)""u8.ToArray());
        Assert.Throws<InvalidCastException>(() => (bool)(RedisValue)2);
        Assert.Throws<OverflowException>(() => (int)(RedisValue)long.MaxValue);
        Assert.Equal(0.1, (double)(RedisValue)0.1);
    }

    [Fact]
    public void Keys_join_and_channels_tell_patterns_from_names()
    {
        Assert.Equal("a:b", ((RedisKey)"a:").Append("b"));
        Assert.Equal((RedisKey)"a:b", ((RedisKey)"b").Prepend("a:"));
        Assert.NotEqual(RedisChannel.Literal("a*"), RedisChannel.Pattern("a*"));
        Assert.Equal(RedisChannel.Literal("a"), RedisChannel.Literal("a"u8.ToArray()));
    }
}
