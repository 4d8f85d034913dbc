using System.Globalization;

namespace Dendrite.Records.Cells;

/// <summary>Instants in the form of RFC 3339, between microseconds since 1970 and text.</summary>
internal static class TimestampText
{
    private const int MostDigits = 6;

    private static readonly string[] Forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFK"];

    /// <summary>In UTC, with as many digits of the second as it needs: <c>2026-11-21T08:30:00.25Z</c>.</summary>
    public static string Write(long microseconds) =>
        DateTime
            .UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            .ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);

    /// <summary>Reads an instant with <c>Z</c> or an offset; finer than a microsecond is refused, not cut.</summary>
    public static bool TryRead(string text, out long microseconds)
    {
        microseconds = 0;
        if (!HasZone(text) || text.Any(char.IsWhiteSpace) || text.Contains('\0', StringComparison.Ordinal))
        {
            return false;
        }

        var point = text.IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : text.AsSpan(point + 1).IndexOfAnyExceptInRange('0', '9');
        const DateTimeStyles Utc = DateTimeStyles.AdjustToUniversal;
        if (
            digits > MostDigits
            || (point >= 0 && digits < 1)
            || !DateTimeOffset.TryParseExact(text.ToUpperInvariant(), Forms, null, Utc, out var instant)
        )
        {
            return false;
        }

        microseconds = (instant.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        return true;
    }

    private static bool HasZone(string text) =>
        text is [.., 'Z' or 'z'] || (text.Length > MostDigits && text[^3] == ':' && text[^6] is '+' or '-');
}
