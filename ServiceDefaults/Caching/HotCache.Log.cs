using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Caching;

public sealed partial class HotCache
{
    [LoggerMessage(1101, LogLevel.Warning, "Redis is away, PostgreSQL answers in its place: {Problem}")]
    private static partial void LogAway(ILogger logger, string problem);

    [LoggerMessage(1102, LogLevel.Information, "Redis is back")]
    private static partial void LogBack(ILogger logger);
}
