using System.Globalization;

namespace Grpc.Core.Wire;

/// <summary><c>grpc-timeout</c>: at most eight digits and a unit, <c>H M S m u n</c>.</summary>
internal static class WireTimeout
{
    private const int MaxDigits = 8;
    private const long MaxCount = 99_999_999;

    /// <summary>
    /// What a longer timeout is cut to: the most that eight digits of seconds can say, some three years.
    /// </summary>
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(MaxCount);

    private static readonly (char Unit, long Ticks)[] Units =
    [
        ('u', TimeSpan.TicksPerMicrosecond),
        ('m', TimeSpan.TicksPerMillisecond),
        ('S', TimeSpan.TicksPerSecond),
    ];

    /// <summary>
    /// The finest unit that holds the timeout, rounded up so that the server never gives up before the client.
    /// </summary>
    public static string Format(TimeSpan timeout)
    {
        var ticks = Math.Clamp(timeout.Ticks, 1, Max.Ticks);
        foreach (var (unit, unitTicks) in Units)
        {
            var count = (ticks + unitTicks - 1) / unitTicks;
            if (count <= MaxCount)
            {
                return string.Create(CultureInfo.InvariantCulture, $"{count}{unit}");
            }
        }

        return $"{MaxCount}S";
    }

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan timeout)
    {
        timeout = default;
        if (text.Length is < 2 or > MaxDigits + 1)
        {
            return false;
        }

        if (!long.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            return false;
        }

        var ticks = text[^1] switch
        {
            'n' => (count + TimeSpan.NanosecondsPerTick - 1) / TimeSpan.NanosecondsPerTick,
            'u' => count * TimeSpan.TicksPerMicrosecond,
            'm' => count * TimeSpan.TicksPerMillisecond,
            'S' => count * TimeSpan.TicksPerSecond,
            'M' => count * TimeSpan.TicksPerMinute,
            'H' => count * TimeSpan.TicksPerHour,
            _ => -1,
        };
        timeout = TimeSpan.FromTicks(ticks);
        return ticks >= 0;
    }
}
