namespace Dendrite.SchedulerService.Calendars;

internal sealed partial class CalendarRpc
{
    [LoggerMessage(5061, LogLevel.Information, "Created {Calendar} for {Actor}")]
    private static partial void LogCreated(ILogger logger, string calendar, string actor);

    [LoggerMessage(5062, LogLevel.Information, "Changed {Calendar} for {Actor}")]
    private static partial void LogChanged(ILogger logger, string calendar, string actor);

    [LoggerMessage(5063, LogLevel.Information, "Deleted {Calendar} for {Actor}")]
    private static partial void LogDeleted(ILogger logger, string calendar, string actor);
}
