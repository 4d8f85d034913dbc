namespace StackExchange.Redis;

/// <summary>
/// The way to one Redis: shared by all callers of a process, safe for concurrent use, and reconnecting by itself.
/// </summary>
public interface IConnectionMultiplexer : IDisposable, IAsyncDisposable
{
    string ClientName { get; }

    /// <summary>The configuration in use, with the password.</summary>
    string Configuration { get; }

    int TimeoutMilliseconds { get; }

    /// <summary>How many commands were sent so far.</summary>
    long OperationCount { get; }

    bool IsConnected { get; }

    bool IsConnecting { get; }

    event EventHandler<RedisErrorEventArgs> ErrorMessage;

    event EventHandler<ConnectionFailedEventArgs> ConnectionFailed;

    event EventHandler<InternalErrorEventArgs> InternalError;

    event EventHandler<ConnectionFailedEventArgs> ConnectionRestored;

    /// <summary>Publish and subscribe. Costs nothing; need not be kept.</summary>
    ISubscriber GetSubscriber(object? asyncState = null);

    /// <summary>The keys of one numbered database. Costs nothing; need not be kept.</summary>
    /// <param name="db">-1 stands for the configured database, else 0.</param>
    IDatabase GetDatabase(int db = -1, object? asyncState = null);

    Task CloseAsync(bool allowCommandsToComplete = true);
}
