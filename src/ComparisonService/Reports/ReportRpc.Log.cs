namespace Dendrite.ComparisonService.Reports;

public sealed partial class ReportRpc
{
    [LoggerMessage(4301, LogLevel.Information, "Deleted {Report} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string report, string actor);
}
