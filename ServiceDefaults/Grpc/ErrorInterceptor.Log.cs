using Dendrite.Errors;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Dendrite.ServiceDefaults.Grpc;

internal sealed partial class ErrorInterceptor
{
    [LoggerMessage(1201, LogLevel.Information, "{Method} was refused: {Reason}: {Problem}")]
    private static partial void LogRefused(ILogger logger, string method, ErrorReason reason, string problem);

    [LoggerMessage(1202, LogLevel.Warning, "{Method} cannot be served now: {Problem}")]
    private static partial void LogUnavailable(ILogger logger, string method, string problem);

    [LoggerMessage(1203, LogLevel.Error, "{Method} failed: {Reason}")]
    private static partial void LogDefect(ILogger logger, Exception error, string method, ErrorReason reason);

    [LoggerMessage(1204, LogLevel.Warning, "{Method} failed because the database is away")]
    private static partial void LogDatabaseAway(ILogger logger, Exception error, string method);

    [LoggerMessage(1205, LogLevel.Error, "{Method} failed unexpectedly")]
    private static partial void LogUnexpected(ILogger logger, Exception error, string method);

    [LoggerMessage(1206, LogLevel.Information, "{Method} ended with {Status}: {Detail}")]
    private static partial void LogChosen(ILogger logger, string method, StatusCode status, string detail);
}
