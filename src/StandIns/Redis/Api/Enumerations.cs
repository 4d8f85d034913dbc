namespace StackExchange.Redis;

/// <summary>How a command is sent.</summary>
[Flags]
public enum CommandFlags
{
    None = 0,

    /// <summary>The caller does not wait and never learns of a failure.</summary>
    FireAndForget = 2,
}

/// <summary>What must be so of a key for a write to happen.</summary>
public enum When
{
    Always,
    Exists,
    NotExists,
}

/// <summary>What must be so of a key's expiry for a new one to be set.</summary>
public enum ExpireWhen
{
    Always,
    GreaterThanCurrentExpiry,
    HasExpiry,
    HasNoExpiry,
    LessThanCurrentExpiry,
}

/// <summary>
/// How far a command had come when it failed: one that was never sent may be repeated without a second thought.
/// </summary>
public enum CommandStatus
{
    Unknown,
    WaitingToBeSent,
    Sent,
    WaitingInBacklog,
}

/// <summary>What a connection is for.</summary>
public enum ConnectionType
{
    None = 0,
    Interactive,
    Subscription,
}

/// <summary>Why a connection was lost or never came to be.</summary>
public enum ConnectionFailureType
{
    None,
    UnableToResolvePhysicalConnection,
    SocketFailure,
    AuthenticationFailure,
    ProtocolFailure,
    InternalFailure,
    SocketClosed,
    ConnectionDisposed,
    Loading,
    UnableToConnect,
}

/// <summary>The kind of a reply.</summary>
public enum ResultType : byte
{
    None = 0,
    SimpleString = 1,
    Error = 2,
    Integer = 3,
    BulkString = 4,
    Array = 5,
    Null = (1 << 3) | None,
}
