using System.Net;

namespace StackExchange.Redis.Connections;

/// <summary>Whom to tell of what happens to connections.</summary>
internal sealed record LinkEvents(
    Action<EndPoint, ConnectionType, Exception> Failed,
    Action<EndPoint, ConnectionType> Restored
);
