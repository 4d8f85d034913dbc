namespace StackExchange.Redis;

/// <summary>Something that Redis or the way to it did not do.</summary>
public class RedisException(string message, Exception? innerException) : Exception(message, innerException)
{
    public RedisException(string message)
        : this(message, innerException: null) { }
}

/// <summary>The server could not be reached, or was lost before it answered.</summary>
public sealed class RedisConnectionException(
    ConnectionFailureType failureType,
    string message,
    Exception? innerException,
    CommandStatus commandStatus
) : RedisException(message, innerException)
{
    public RedisConnectionException(ConnectionFailureType failureType, string message)
        : this(failureType, message, innerException: null, CommandStatus.Unknown) { }

    public RedisConnectionException(ConnectionFailureType failureType, string message, Exception? innerException)
        : this(failureType, message, innerException, CommandStatus.Unknown) { }

    public ConnectionFailureType FailureType { get; } = failureType;

    public CommandStatus CommandStatus { get; } = commandStatus;
}

/// <summary>The server did not answer in time. Whether it carried the command out is unknown.</summary>
public sealed class RedisTimeoutException(string message, CommandStatus commandStatus) : TimeoutException(message)
{
    public CommandStatus Commandstatus { get; } = commandStatus;
}

/// <summary>The command was refused before it was sent.</summary>
public sealed class RedisCommandException(string message) : Exception(message);

/// <summary>The server answered with an error; the message is its own.</summary>
public sealed class RedisServerException(string message) : RedisException(message);
