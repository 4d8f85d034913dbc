using System.Globalization;
using Dendrite.Errors;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Filtering;

/// <summary>Where a page of a list ended that is ordered by a time, and by ids where that is the same.</summary>
/// <param name="Id">Any text: of a dead letter it is a stranger's.</param>
public sealed record TimedPlace(DateTimeOffset Time, string Id)
{
    /// <summary>As text for a page token.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Time.UtcTicks} {Id}");

    /// <summary>Reads what <see cref="ToString"/> gave; null for null.</summary>
    /// <exception cref="DendriteException">INVALID_PAGE_TOKEN: it gave nothing like it.</exception>
    public static TimedPlace? Parse(string? text) =>
        text is null ? null
        : text.Split(' ', 2) is [var ticks, var id] && PlaceTicks.Read(ticks) is { } time ? new(time, id)
        : throw PlaceTicks.NotOurs();
}

/// <summary>A place as parameters.</summary>
internal static class TimedPlaceSql
{
    /// <summary>Adds <c>@after_time</c> and <c>@after_id</c>; both are null for the first page.</summary>
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, TimedPlace? after) =>
        command
            .With("after_time", NpgsqlDbType.TimestampTz, after?.Time)
            .With("after_id", NpgsqlDbType.Text, after?.Id);
}

/// <summary>Instants in page tokens, which are checked and not signed: what is in one may be a stranger's.</summary>
internal static class PlaceTicks
{
    public static DateTimeOffset? Read(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
        && ticks <= DateTimeOffset.MaxValue.Ticks
            ? new DateTimeOffset(ticks, TimeSpan.Zero)
            : null;

    /// <summary>INVALID_PAGE_TOKEN, to be thrown.</summary>
    public static DendriteException NotOurs() =>
        new(
            ErrorReason.InvalidPageToken,
            "page_token: is not one that this server gave out; begin again with an empty page_token"
        );
}
