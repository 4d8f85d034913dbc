using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

internal sealed partial class Store
{
    [LoggerMessage(1, LogLevel.Information, "Data is in {Folder}: {Count} other(s) are in use by other AppHosts")]
    private static partial void LogAnotherInUse(ILogger logger, string folder, int count);

    [LoggerMessage(2, LogLevel.Information, "PostgreSQL's data is in {Outside}: its user cannot reach {Root}")]
    private static partial void LogOutside(ILogger logger, string outside, string root);
}
