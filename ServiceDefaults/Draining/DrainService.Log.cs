using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Draining;

internal sealed partial class DrainService
{
    [LoggerMessage(1001, LogLevel.Information, "Stopping: {OpenCalls} calls are open")]
    private static partial void LogDraining(ILogger logger, int openCalls);

    [LoggerMessage(1002, LogLevel.Information, "All calls ended after {ElapsedMs:0} ms")]
    private static partial void LogDrained(ILogger logger, double elapsedMs);

    [LoggerMessage(1003, LogLevel.Warning, "{OpenCalls} calls did not end within {Timeout} and are cut off")]
    private static partial void LogCutOff(ILogger logger, int openCalls, TimeSpan timeout);
}
