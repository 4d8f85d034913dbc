using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Grpc.AspNetCore.Server;

/// <summary>What a call logs; event ids and names are those that operators know from the official server.</summary>
internal static partial class CallLog
{
    [LoggerMessage(2, LogLevel.Information, "Request content-type of '{ContentType}' is not supported.")]
    public static partial void UnsupportedRequestContentType(this ILogger logger, string? contentType);

    [LoggerMessage(3, LogLevel.Information, "Request protocol of '{Protocol}' is not supported.")]
    public static partial void UnsupportedRequestProtocol(this ILogger logger, string? protocol);

    [LoggerMessage(4, LogLevel.Debug, "Request with timeout of {Timeout} has exceeded its deadline.")]
    public static partial void DeadlineExceeded(this ILogger logger, TimeSpan timeout);

    [LoggerMessage(5, LogLevel.Debug, "Invalid grpc-timeout header value '{Timeout}' has been ignored.")]
    public static partial void InvalidTimeoutIgnored(this ILogger logger, string? timeout);

    [LoggerMessage(6, LogLevel.Error, "Error when executing service method '{ServiceMethod}'.")]
    public static partial void ErrorExecutingServiceMethod(this ILogger logger, string serviceMethod, Exception error);

    [LoggerMessage(
        7,
        LogLevel.Information,
        "Error status code '{StatusCode}' with detail '{Detail}' raised.",
        EventName = "RpcConnectionError"
    )]
    public static partial void StatusRaised(
        this ILogger logger,
        StatusCode statusCode,
        string detail,
        Exception? debugException
    );

    [LoggerMessage(9, LogLevel.Error, "Ending a call at its deadline failed.", EventName = "DeadlineCancellationError")]
    public static partial void DeadlineCancellationError(this ILogger logger, Exception error);

    [LoggerMessage(14, LogLevel.Information, "Error reading message.")]
    public static partial void ErrorReadingMessage(this ILogger logger, Exception error);

    [LoggerMessage(17, LogLevel.Information, "Error sending message.")]
    public static partial void ErrorSendingMessage(this ILogger logger, Exception error);

    [LoggerMessage(23, LogLevel.Information, "A CORS preflight reached a gRPC endpoint: is CORS configured?")]
    public static partial void UnhandledCorsPreflightRequest(this ILogger logger);

    [LoggerMessage(28, LogLevel.Information, "Service method '{ServiceMethod}' canceled.")]
    public static partial void ServiceMethodCanceled(this ILogger logger, string serviceMethod, Exception error);
}
