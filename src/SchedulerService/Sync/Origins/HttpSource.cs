using Dendrite.SchedulerService.Secrets;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>A web server as it is declared, checked and with its secrets.</summary>
internal sealed record HttpSource(UrlTemplate Url, HttpFormat Format, JsonPointer Items, JsonPointer? Cursor)
{
    public required IReadOnlyDictionary<string, string> Headers { get; init; }

    public required IReadOnlyDictionary<string, Secret> SecretHeaders { get; init; }

    /// <summary>What is filled in as <c>{since}</c> while nothing is there.</summary>
    public required string FirstSince { get; init; }

    /// <summary>How long one request may take.</summary>
    public required TimeSpan Timeout { get; init; }
}
