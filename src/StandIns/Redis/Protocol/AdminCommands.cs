namespace StackExchange.Redis.Protocol;

/// <summary>Commands that act on the server or on other clients; they need <c>allowAdmin</c>.</summary>
internal static class AdminCommands
{
    private static readonly HashSet<string> Names = new(StringComparer.OrdinalIgnoreCase)
    {
        "BGREWRITEAOF",
        "BGSAVE",
        "CLIENT",
        "CLUSTER",
        "CONFIG",
        "DEBUG",
        "FLUSHALL",
        "FLUSHDB",
        "INFO",
        "KEYS",
        "MONITOR",
        "REPLICAOF",
        "SAVE",
        "SHUTDOWN",
        "SLAVEOF",
        "SLOWLOG",
        "SWAPDB",
        "SYNC",
    };

    /// <summary>Parts of CLIENT that concern this connection alone.</summary>
    private static readonly HashSet<string> OwnConnection = new(StringComparer.OrdinalIgnoreCase)
    {
        "GETNAME",
        "SETNAME",
        "ID",
        "INFO",
        "SETINFO",
    };

    public static bool Include(string command, IReadOnlyList<RedisValue> arguments) =>
        Names.Contains(command)
        && !(
            command.Equals("CLIENT", StringComparison.OrdinalIgnoreCase)
            && arguments.Count > 0
            && OwnConnection.Contains(arguments[0].ToString())
        );
}
