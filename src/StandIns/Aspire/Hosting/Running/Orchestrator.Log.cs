using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

internal sealed partial class Orchestrator
{
    [LoggerMessage(20, LogLevel.Information, "'{Name}' exists only as a container and is not run")]
    private static partial void LogContainer(ILogger logger, string name);
}
