using Microsoft.Extensions.Logging;

namespace Dendrite.Migrations;

public sealed partial class Seeding
{
    [LoggerMessage(21, LogLevel.Information, "Made the project {Project}")]
    private partial void LogProject(string project);

    [LoggerMessage(22, LogLevel.Information, "API key {KeyId} ({Label}) reaches {Reach}")]
    private partial void LogKey(string keyId, string label, string reach);
}
