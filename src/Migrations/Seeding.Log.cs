using Microsoft.Extensions.Logging;

namespace Dendrite.Migrations;

public sealed partial class Seeding
{
    [LoggerMessage(21, LogLevel.Information, "Made the project {Project}")]
    private partial void LogProject(string project);

    [LoggerMessage(22, LogLevel.Information, "API key {KeyId} ({Label}) reaches {Reach}")]
    private partial void LogKey(string keyId, string label, string reach);

    [LoggerMessage(
        23,
        LogLevel.Warning,
        "API key {KeyId} ({Label}) stays disabled since {DisableTime}, and is refused: give a key of another id, or "
            + "set its disable_time in access.api_key to null"
    )]
    private partial void LogDisabled(string keyId, string label, DateTimeOffset disableTime);

    [LoggerMessage(
        24,
        LogLevel.Warning,
        "API key {KeyId} ({Label}) has expired at {ExpireTime}, and is refused: give a key of another id, or set its "
            + "expire_time in access.api_key to null"
    )]
    private partial void LogExpired(string keyId, string label, DateTimeOffset expireTime);

    [LoggerMessage(
        25,
        LogLevel.Warning,
        "API key {KeyId} ({Label}) still reaches {Reach}, and not {Configured} as configured: what a key may do is not "
            + "changed by a run; give a key of another id, or change project_id and roles in access.api_key"
    )]
    private partial void LogKept(string keyId, string label, string reach, string configured);
}
