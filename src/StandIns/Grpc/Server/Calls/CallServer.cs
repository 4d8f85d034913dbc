using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

/// <summary>What every call of a service shares.</summary>
internal sealed class CallServer(ServiceSettings settings, ILoggerFactory loggers, TimeProvider time)
{
    public ServiceSettings Settings { get; } = settings;

    public ILogger Logger { get; } = loggers.CreateLogger("Grpc.AspNetCore.Server.ServerCallHandler");

    public TimeProvider Time { get; } = time;
}
