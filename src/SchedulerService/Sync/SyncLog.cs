using Dendrite.Contracts.Names;

namespace Dendrite.SchedulerService.Sync;

internal static partial class SyncLog
{
    [LoggerMessage(EventId = 5411, Message = "{Work}: {Note}")]
    public static partial void Note(ILogger logger, LogLevel level, OperationName work, string note);
}
