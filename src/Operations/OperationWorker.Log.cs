using Dendrite.Storage.Operations;
using Microsoft.Extensions.Logging;

namespace Dendrite.Operations;

public sealed partial class OperationWorker
{
    [LoggerMessage(4001, LogLevel.Information, "Operation {Operation} of {Method} begins, attempt {Attempt}")]
    private static partial void LogBegun(ILogger logger, string operation, string method, int attempt);

    [LoggerMessage(4002, LogLevel.Information, "Operation {Operation} of {Method} {State}")]
    private static partial void LogEnded(ILogger logger, string operation, string method, OperationState state);

    [LoggerMessage(4003, LogLevel.Warning, "Operation {Operation} of {Method} was taken over by another replica")]
    private static partial void LogLost(ILogger logger, string operation, string method);

    [LoggerMessage(4004, LogLevel.Information, "Operation {Operation} of {Method} is given back: {Reason}")]
    private static partial void LogGivenBack(ILogger logger, string operation, string method, string reason);

    [LoggerMessage(4005, LogLevel.Error, "Operation {Operation} of {Method} failed in attempt {Attempt}")]
    private static partial void LogFailed(
        ILogger logger,
        Exception error,
        string operation,
        string method,
        int attempt
    );

    [LoggerMessage(4006, LogLevel.Warning, "Operations cannot be looked at; the next look comes soon")]
    private static partial void LogAway(ILogger logger, Exception error);

    [LoggerMessage(
        4007,
        LogLevel.Warning,
        "A clock was ahead: operation {Operation} is taken over when a lease from now has passed"
    )]
    private static partial void LogSetBack(ILogger logger, string operation);
}
