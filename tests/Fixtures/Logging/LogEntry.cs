using Microsoft.Extensions.Logging;

namespace Dendrite.Fixtures.Logging;

/// <summary>One line that was logged.</summary>
public sealed record LogEntry(string Category, LogLevel Level, EventId Id, string Message, Exception? Exception)
{
    public override string ToString() => $"{Level} {Category} [{Id.Id}] {Message} {Exception}";
}
