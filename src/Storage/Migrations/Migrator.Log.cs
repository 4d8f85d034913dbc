using Microsoft.Extensions.Logging;

namespace Dendrite.Storage.Migrations;

public sealed partial class Migrator
{
    [LoggerMessage(EventId = 1101, Level = LogLevel.Information, Message = "Applied migration {Migration}")]
    private partial void LogApplied(Migration migration);
}
