using Microsoft.Extensions.Logging;

namespace Dendrite.AppHost;

internal sealed partial class ConnectionFile
{
    [LoggerMessage(1, LogLevel.Information, "{Service}: gRPC {GrpcAddress}, health {HttpAddress}/health")]
    private partial void LogAddress(string service, string grpcAddress, string httpAddress);

    [LoggerMessage(2, LogLevel.Information, "Everything is up. Clients find it by {Path}")]
    private partial void LogReady(string path);
}
