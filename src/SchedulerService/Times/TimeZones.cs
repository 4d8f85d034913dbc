using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Times;

/// <summary>Time zones by their IANA names.</summary>
internal static class TimeZones
{
    private const int MaxLength = 64;

    /// <param name="name">Such as <c>Europe/Berlin</c>; empty: UTC.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT: there is no such zone.</exception>
    public static TimeZoneInfo Find(string name, string field)
    {
        if (name.Length == 0)
            return TimeZoneInfo.Utc;
        // The name becomes a path below the zones' folder.
        var isName = name.Length <= MaxLength && !name.StartsWith('/') && name.All(IsOfName) && !name.Contains("..");
        return isName && TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId
            ? zone
            : throw DendriteException.Invalid(
                field,
                $"'{RequestFields.Excerpt(name)}' is no time zone; give an IANA name, such as Europe/Berlin"
            );
    }

    private static bool IsOfName(char character) =>
        char.IsAsciiLetterOrDigit(character) || character is '/' or '_' or '-' or '+';
}
