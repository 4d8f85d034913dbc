using Microsoft.Extensions.Logging;

namespace Dendrite.Migrations;

public sealed partial class PlatformPreparation
{
    [LoggerMessage(1, LogLevel.Information, "Waiting for the database: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(
        2,
        LogLevel.Information,
        "Applied {Applied} of {Known} migrations; {Roles} login roles are in place"
    )]
    private partial void LogMigrated(int applied, int known, int roles);

    [LoggerMessage(3, LogLevel.Information, "The database is ready")]
    private partial void LogReady();

    [LoggerMessage(4, LogLevel.Error, "The configuration is wrong: {Problem}")]
    private partial void LogConfigurationWrong(string problem);

    [LoggerMessage(5, LogLevel.Error, "{Problem}")]
    private partial void LogRefused(string problem);

    [LoggerMessage(6, LogLevel.Error, "The database cannot be used: {Problem}")]
    private partial void LogDatabaseAway(string problem);

    [LoggerMessage(7, LogLevel.Warning, "Stopped before the end; run it again")]
    private partial void LogStopped();
}
