using System.Globalization;
using System.Text.Json;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// The value of the field that grows with every change: a time, a number, or a text that sorts. Values of different
/// kinds cannot be compared. Pure.
/// </summary>
internal readonly record struct ChangedValue
{
    private static readonly TimeSpan MaxAhead = TimeSpan.FromHours(1);

    private ChangedValue(ChangedKind kind, string text, DateTimeOffset instant, decimal number) =>
        (Kind, Text, Instant, Number) = (kind, text, instant, number);

    public ChangedKind Kind { get; }

    /// <summary>As it came: sent back with every digit.</summary>
    public string Text { get; }

    /// <summary>Of a time; one without a zone counts as UTC.</summary>
    public DateTimeOffset Instant { get; }

    private decimal Number { get; }

    /// <summary>The value of an item's field; null where it has none.</summary>
    public static ChangedValue? Of(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.String when value.GetString() is { Length: > 0 } text => Parse(text),
            JsonValueKind.Number => Parse(value.GetRawText()),
            _ => null,
        };

    public static ChangedValue Parse(string text)
    {
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return new(ChangedKind.Number, text, default, number);
        }

        const DateTimeStyles AsUtc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var isTime =
            text.Length >= "2026-01-01".Length
            && char.IsAsciiDigit(text[0])
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, AsUtc, out var instant);
        return isTime
            ? new(ChangedKind.Time, text, DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, AsUtc), 0)
            : new(ChangedKind.Text, text, default, 0);
    }

    /// <summary>Whether it comes after the other one; null where they are of different kinds.</summary>
    public bool? IsAfter(ChangedValue other)
    {
        if (Kind != other.Kind)
        {
            return null;
        }

        return Kind switch
        {
            ChangedKind.Time => Instant > other.Instant,
            ChangedKind.Number => Number > other.Number,
            _ => string.CompareOrdinal(Text, other.Text) > 0,
        };
    }

    /// <summary>Whether it is a time that has not come yet, by more than clocks differ.</summary>
    public bool IsAhead(DateTimeOffset now) => Kind == ChangedKind.Time && Instant > now + MaxAhead;

    /// <summary>The same some time before; null where it is no time.</summary>
    public ChangedValue? Before(TimeSpan overlap)
    {
        if (Kind != ChangedKind.Time)
        {
            return null;
        }

        var earliest = DateTimeOffset.MinValue + overlap;
        return Of(Instant > earliest ? Instant - overlap : DateTimeOffset.MinValue);
    }

    /// <summary>An instant as RFC 3339 in UTC.</summary>
    public static ChangedValue Of(DateTimeOffset instant)
    {
        var text = instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);
        return new(ChangedKind.Time, text, instant, 0);
    }

    /// <summary>As it is filled into an address: times in RFC 3339.</summary>
    public string ToRequest() => Kind == ChangedKind.Time ? Of(Instant).Text : Text;
}

/// <summary>What sort of value grows with every change.</summary>
internal enum ChangedKind
{
    Time,
    Number,
    Text,
}
