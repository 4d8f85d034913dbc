using System.Net;

namespace StackExchange.Redis;

/// <summary>A connection was lost, could not be made, or is back.</summary>
public class ConnectionFailedEventArgs(
    object sender,
    EndPoint endPoint,
    ConnectionType connectionType,
    ConnectionFailureType failureType,
    Exception exception,
    string physicalName
) : EventArgs
{
    public EndPoint? EndPoint { get; } = endPoint;

    public ConnectionType ConnectionType { get; } = connectionType;

    public ConnectionFailureType FailureType { get; } = failureType;

    /// <summary>What went wrong; null when the connection is back.</summary>
    public Exception? Exception { get; } = exception;

    internal object Sender { get; } = sender;

    public override string ToString() => physicalName;
}

/// <summary>The server answered a command with an error.</summary>
public class RedisErrorEventArgs(object sender, EndPoint endpoint, string message) : EventArgs
{
    public EndPoint EndPoint { get; } = endpoint;

    public string Message { get; } = message;

    internal object Sender { get; } = sender;
}

/// <summary>Something of this library's or its caller's own failed, such as a handler of messages.</summary>
public class InternalErrorEventArgs(
    object sender,
    EndPoint endpoint,
    ConnectionType connectionType,
    Exception exception,
    string origin
) : EventArgs
{
    public EndPoint? EndPoint { get; } = endpoint;

    public ConnectionType ConnectionType { get; } = connectionType;

    public Exception Exception { get; } = exception;

    public string? Origin { get; } = origin;

    internal object Sender { get; } = sender;
}
