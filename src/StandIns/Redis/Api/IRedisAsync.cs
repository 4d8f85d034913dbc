namespace StackExchange.Redis;

/// <summary>What every way of talking to Redis can do.</summary>
public interface IRedisAsync
{
    IConnectionMultiplexer Multiplexer { get; }

    /// <summary>Asks the server for a sign of life. Returns how long the answer took.</summary>
    Task<TimeSpan> PingAsync(CommandFlags flags = CommandFlags.None);
}

/// <inheritdoc />
public interface IRedis : IRedisAsync;
