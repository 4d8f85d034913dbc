namespace Dendrite.ComparisonService.Quality;

public sealed partial class QualityRpc
{
    [LoggerMessage(4101, LogLevel.Information, "Quality check {Check} made by {Actor}")]
    private static partial void LogCreated(ILogger logger, string check, string actor);

    [LoggerMessage(4102, LogLevel.Information, "Quality check {Check} changed by {Actor}")]
    private static partial void LogChanged(ILogger logger, string check, string actor);

    [LoggerMessage(4103, LogLevel.Information, "Quality check {Check} deleted by {Actor}")]
    private static partial void LogDeleted(ILogger logger, string check, string actor);
}
