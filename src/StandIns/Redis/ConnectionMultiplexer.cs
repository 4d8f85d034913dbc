using System.Diagnostics.CodeAnalysis;
using System.Net;
using StackExchange.Redis.Connections;
using StackExchange.Redis.Protocol;
using StackExchange.Redis.PubSub;

namespace StackExchange.Redis;

/// <inheritdoc cref="IConnectionMultiplexer"/>
/// <remarks>
/// Two connections: one that all commands share, and one for subscriptions, which Redis does not let do anything else.
/// Both come back by themselves with growing pauses; meanwhile commands fail at once with <see
/// cref="RedisConnectionException"/>.
/// </remarks>
public sealed class ConnectionMultiplexer : IConnectionMultiplexer
{
    private readonly ConfigurationOptions options;
    private readonly Link interactive;
    private long operationCount;
    private int disposed;

    private ConnectionMultiplexer(ConfigurationOptions configuration)
    {
        options = configuration;
        var events = new LinkEvents(RaiseFailed, RaiseRestored);
        interactive = new Link(options, ConnectionType.Interactive, TimeProvider.System, events);
        SubscriptionLink = new Link(
            options,
            ConnectionType.Subscription,
            TimeProvider.System,
            events,
            Subscriptions.TryDeliver
        )
        {
            OnConnected = Subscriptions.RenewAsync,
        };
    }

    public string ClientName => options.ClientName ?? "";

    public string Configuration => options.ToString(includePassword: true);

    public int TimeoutMilliseconds => options.SyncTimeout;

    public long OperationCount => Interlocked.Read(ref operationCount);

    public bool IsConnected => interactive.IsConnected;

    public bool IsConnecting => !IsConnected && Volatile.Read(ref disposed) == 0;

    internal bool AllowsAdmin => options.AllowAdmin;

    internal Subscriptions Subscriptions { get; } = new();

    internal Link SubscriptionLink { get; }

    public event EventHandler<RedisErrorEventArgs>? ErrorMessage;

    public event EventHandler<ConnectionFailedEventArgs>? ConnectionFailed;

    public event EventHandler<InternalErrorEventArgs>? InternalError;

    public event EventHandler<ConnectionFailedEventArgs>? ConnectionRestored;

    /// <inheritdoc cref="ConnectAsync(ConfigurationOptions, TextWriter?)"/>
    public static Task<ConnectionMultiplexer> ConnectAsync(string configuration, TextWriter? log = null) =>
        ConnectAsync(ConfigurationOptions.Parse(configuration), log);

    /// <inheritdoc cref="ConnectAsync(ConfigurationOptions, TextWriter?)"/>
    public static Task<ConnectionMultiplexer> ConnectAsync(
        string configuration,
        Action<ConfigurationOptions> configure,
        TextWriter? log = null
    )
    {
        var parsed = ConfigurationOptions.Parse(configuration);
        configure(parsed);
        return ConnectAsync(parsed, log);
    }

    /// <summary>
    /// Connects. Without <see cref="ConfigurationOptions.AbortOnConnectFail"/> it always succeeds, after the first
    /// attempts, and goes on trying in the background.
    /// </summary>
    /// <exception cref="RedisConnectionException">No server answered, or it refused the user or password.</exception>
    public static async Task<ConnectionMultiplexer> ConnectAsync(
        ConfigurationOptions configuration,
        TextWriter? log = null
    )
    {
        if (configuration.EndPoints.Count == 0)
            throw new ArgumentException("No endpoints specified", nameof(configuration));

        var multiplexer = new ConnectionMultiplexer(configuration.Clone());
        var outcomes = await Task.WhenAll(
            multiplexer.interactive.StartAsync(),
            multiplexer.SubscriptionLink.StartAsync()
        );
        var failure = outcomes[0] ?? outcomes[1];
        if (failure is null || !configuration.AbortOnConnectFail)
            return multiplexer;

        await multiplexer.DisposeAsync();
        throw new RedisConnectionException(
            (failure as RedisConnectionException)?.FailureType ?? ConnectionFailureType.UnableToConnect,
            $"It was not possible to connect to the redis server(s) {configuration}: {failure.Message}",
            failure
        );
    }

    /// <inheritdoc cref="ConnectAsync(ConfigurationOptions, TextWriter?)"/>
    public static ConnectionMultiplexer Connect(string configuration, TextWriter? log = null) =>
        Connect(ConfigurationOptions.Parse(configuration), log);

    /// <inheritdoc cref="ConnectAsync(ConfigurationOptions, TextWriter?)"/>
    [SuppressMessage("Usage", "VSTHRD002", Justification = "The official client connects synchronously, at start-up.")]
    public static ConnectionMultiplexer Connect(ConfigurationOptions configuration, TextWriter? log = null) =>
        Task.Run(() => ConnectAsync(configuration, log)).GetAwaiter().GetResult();

    public ISubscriber GetSubscriber(object? asyncState = null) => new RedisSubscriber(this);

    public IDatabase GetDatabase(int db = -1, object? asyncState = null) =>
        new RedisDatabase(this, db < 0 ? options.DefaultDatabase ?? 0 : db);

    public async Task CloseAsync(bool allowCommandsToComplete = true)
    {
        if (allowCommandsToComplete && IsConnected)
        {
            try
            {
                // Replies come in the order of commands: with this one's, all before it have theirs.
                await GetDatabase().PingAsync();
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                // There is nothing left to complete.
            }
        }

        await DisposeAsync();
    }

    [SuppressMessage("Usage", "VSTHRD002", Justification = "Containers dispose synchronously where their owner does.")]
    public void Dispose() => Task.Run(async () => await DisposeAsync()).GetAwaiter().GetResult();

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) != 0)
            return;
        await interactive.DisposeAsync();
        await SubscriptionLink.DisposeAsync();
        Subscriptions.CompleteAll();
    }

    public override string ToString() => options.ToString();

    /// <summary>Sends a command on the connection that all share.</summary>
    internal async Task<Reply> SendAsync(Command command)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref disposed) != 0, this);
        Interlocked.Increment(ref operationCount);
        try
        {
            return await interactive.SendAsync(command);
        }
        catch (RedisServerException error)
        {
            ErrorMessage?.Invoke(this, new RedisErrorEventArgs(this, options.EndPoints[0], error.Message));
            throw;
        }
    }

    internal void ReportInternalError(Exception error, ConnectionType type, string origin) =>
        InternalError?.Invoke(this, new InternalErrorEventArgs(this, options.EndPoints[0], type, error, origin));

    private void RaiseFailed(EndPoint endPoint, ConnectionType type, Exception error)
    {
        var failure = (error as RedisConnectionException)?.FailureType ?? ConnectionFailureType.InternalFailure;
        Raise(ConnectionFailed, endPoint, type, failure, error);
    }

    private void RaiseRestored(EndPoint endPoint, ConnectionType type) =>
        Raise(ConnectionRestored, endPoint, type, ConnectionFailureType.None, error: null);

    /// <summary>On a thread of its own: a handler that blocks must not keep the connection from coming back.</summary>
    private void Raise(
        EventHandler<ConnectionFailedEventArgs>? handlers,
        EndPoint endPoint,
        ConnectionType type,
        ConnectionFailureType failure,
        Exception? error
    )
    {
        if (handlers is null)
            return;
        var name = $"{EndPointCollection.ToString(endPoint)}/{type}";
        var arguments = new ConnectionFailedEventArgs(this, endPoint, type, failure, error!, name);
        _ = Task.Run(() => handlers(this, arguments));
    }
}
