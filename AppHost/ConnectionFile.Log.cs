using Microsoft.Extensions.Logging;

namespace Dendrite.AppHost;

internal sealed partial class ConnectionFile
{
    [LoggerMessage(1, LogLevel.Information, "{Service}: gRPC {GrpcAddress}, health {HttpAddress}/health")]
    private partial void LogAddress(string service, string grpcAddress, string httpAddress);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "{Service} is not healthy after {Minutes} minutes, and clients find no address until it is: look at what it "
            + "logged, mend it and start it again"
    )]
    private partial void LogStillWaiting(string service, double minutes);

    [LoggerMessage(2, LogLevel.Information, "Everything is up. Clients find it by {Path}")]
    private partial void LogReady(string path);
}
