using System.Globalization;
using Dendrite.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Filtering;

/// <summary>In which order a list is given; ties by name, from the first.</summary>
/// <param name="Field">By which time; null: by name.</param>
public sealed record RowOrder(RowOrder.Time? Field, bool Descending)
{
    /// <summary>By name, from the first.</summary>
    public static RowOrder ByName { get; } = new(null, Descending: false);

    /// <summary>A time that a list can be ordered by; only this assembly makes one.</summary>
    public sealed class Time
    {
        internal Time(string sql) => Sql = sql;

        /// <summary>Not null: what never happens comes after everything.</summary>
        internal string Sql { get; }
    }

    /// <summary>What follows ORDER BY.</summary>
    internal string OrderBy(string name)
    {
        var direction = Descending ? "DESC" : "ASC";
        return Field is null ? $"{name} {direction}" : $"{Field.Sql} {direction}, {name}";
    }

    /// <summary>The condition for the rows after a place, of <see cref="With"/>'s parameters.</summary>
    internal string After(RowPlace? after, string name) =>
        (after, Field, Descending) switch
        {
            (null, _, _) => "true",
            (_, null, false) => $"{name} > @after_name",
            (_, null, true) => $"{name} < @after_name",
            (_, _, false) => $"({Field.Sql}, {name}) > (@after_time, @after_name)",
            _ => $"({Field.Sql} < @after_time OR ({Field.Sql} = @after_time AND {name} > @after_name))",
        };

    /// <summary>The place of a row, for a page token.</summary>
    /// <param name="time">Its time of this order; not looked at where that is by name.</param>
    public string PlaceOf(string name, DateTimeOffset? time) =>
        new RowPlace(name, Field is null ? null : time).ToString();

    internal NpgsqlBatchCommand With(NpgsqlBatchCommand command, RowPlace? after)
    {
        if (after is { } place)
        {
            command.With("after_name", place.Name);
            if (Field is not null)
            {
                command.With("after_time", NpgsqlDbType.TimestampTz, place.Time ?? DateTimeOffset.MaxValue);
            }
        }

        return command;
    }
}

/// <summary>Where a page of a list ended.</summary>
/// <param name="Time">Of the order's time, of the last row; null where it has none.</param>
public sealed record RowPlace(string Name, DateTimeOffset? Time)
{
    /// <summary>As text for a page token.</summary>
    public override string ToString() =>
        Time is { } time ? string.Create(CultureInfo.InvariantCulture, $"{Name} {time.UtcTicks}") : Name;

    /// <summary>Reads what <see cref="ToString"/> gave; null for null.</summary>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN: it gave nothing like it.</exception>
    public static RowPlace? Parse(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split(' ');
        var isName = parts[0].Length is > 0 and <= 63 && parts[0].All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
        return parts switch
        {
            [var name] when isName => new(name, null),
            [var name, var ticks] when isName && PlaceTicks.Read(ticks) is { } time => new(name, time),
            _ => throw PlaceTicks.NotOurs(),
        };
    }
}
