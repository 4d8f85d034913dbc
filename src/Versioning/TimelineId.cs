using System.Globalization;

namespace Dendrite.Versioning;

/// <summary>
/// The owner of rows: an append-only line of commits that one branch writes. Ids are handed out by the database, start
/// at 1 and are never used again, also not after the timeline's rows are gone.
/// </summary>
public readonly record struct TimelineId(long Value) : IComparable<TimelineId>
{
    public static TimelineId Parse(string text) =>
        TryParse(text, out var id) ? id : throw new FormatException($"'{text}' is not a timeline id: a number from 1.");

    public static bool TryParse(string? text, out TimelineId id)
    {
        var parsed = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0;
        id = parsed ? new(value) : default;
        return parsed;
    }

    public int CompareTo(TimelineId other) => Value.CompareTo(other.Value);

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

    public static bool operator <(TimelineId left, TimelineId right) => left.Value < right.Value;

    public static bool operator >(TimelineId left, TimelineId right) => left.Value > right.Value;

    public static bool operator <=(TimelineId left, TimelineId right) => left.Value <= right.Value;

    public static bool operator >=(TimelineId left, TimelineId right) => left.Value >= right.Value;
}
