using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

internal sealed partial class Supervisor
{
    [LoggerMessage(
        10,
        LogLevel.Warning,
        "'{Name}' ended with exit code {ExitCode}; starting it again in {Delay:0.0} s"
    )]
    private static partial void LogRestarts(ILogger logger, string name, int exitCode, double delay);

    [LoggerMessage(11, LogLevel.Warning, "'{Name}' is not healthy after {Seconds:0} s: {Trouble}")]
    private static partial void LogStillWaiting(ILogger logger, string name, double seconds, string trouble);

    [LoggerMessage(12, LogLevel.Warning, "'{Name}' did not stop within {Seconds:0} s and was killed")]
    private static partial void LogKilled(ILogger logger, string name, double seconds);
}
