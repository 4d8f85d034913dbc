using System.Globalization;

namespace Dendrite.SchedulerService;

/// <summary>Counts in messages for people.</summary>
internal static class Counted
{
    /// <summary><c>1 run</c>, <c>2 runs</c>.</summary>
    /// <param name="one">The noun of one.</param>
    /// <param name="many">That of several, where it is not the same with an s.</param>
    public static string Of(long count, string one, string? many = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many ?? $"{one}s")}");
}
