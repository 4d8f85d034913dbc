namespace StackExchange.Redis.Protocol;

/// <summary>A command to send.</summary>
/// <param name="Database">The numbered database it is for, or -1 where that makes no difference.</param>
internal sealed record Command(string Name, IReadOnlyList<RedisValue> Arguments, int Database = -1);
