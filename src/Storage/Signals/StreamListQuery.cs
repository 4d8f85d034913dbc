using Dendrite.Storage.Filtering;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Signals;

/// <summary>Which streams to list.</summary>
/// <param name="Limit">At most so many.</param>
public sealed record StreamListQuery(int Limit)
{
    /// <summary>Only streams after this place of the order; null for the first page.</summary>
    public StreamPlace? After { get; init; }

    /// <summary>By name, or by <see cref="StreamListFields.ByStartTime"/>.</summary>
    public RowOrder Order { get; init; } = RowOrder.ByName;

    /// <summary>Over <see cref="StreamListFields"/>; null leaves nothing out.</summary>
    public RowCondition? Filter { get; init; }

    private const string Name = "stream.name COLLATE \"C\"";

    internal string OrderBy => Order.OrderBy(Name);

    /// <summary>The condition for the streams after the place, of <see cref="AddTo"/>'s parameters.</summary>
    internal string AfterPlace =>
        (After, Order.Field, Order.Descending) switch
        {
            (null, _, _) => "true",
            (_, null, false) => $"{Name} > @after_name",
            (_, null, true) => $"{Name} < @after_name",
            (_, _, false) => $"(stream.start_time_ns, {Name}) > (@after_start, @after_name)",
            _ => $"""
                (stream.start_time_ns < @after_start
                    OR (stream.start_time_ns = @after_start AND {Name} > @after_name))
                """,
        };

    internal NpgsqlBatchCommand AddTo(NpgsqlBatchCommand command)
    {
        command.With("count", Limit);
        return After is { } place
            ? command.With("after_name", place.Name).With("after_start", place.StartTimeNs)
            : command;
    }
}

/// <summary>Where a page of streams ended.</summary>
public sealed record StreamPlace(long StartTimeNs, string Name);

/// <summary>What lists of streams are filtered and ordered by.</summary>
public static class StreamListFields
{
    public static RowField Id { get; } = new("stream.name", NpgsqlDbType.Text);

    public static RowField IsFinished { get; } = new("stream.finished", NpgsqlDbType.Boolean);

    /// <summary>To the microsecond, as instants are compared; what is finer is left out.</summary>
    public static RowField StartTime { get; } =
        new(
            "(timestamptz 'epoch' + floor(stream.start_time_ns / 1000.0)::float8 * interval '1 microsecond')",
            NpgsqlDbType.TimestampTz
        );

    public static RowField EndSample { get; } = new("progress.next_sample", NpgsqlDbType.Bigint);

    public static RowField DeviceModel { get; } = new("(stream.device ->> 'model')", NpgsqlDbType.Text);

    /// <summary>Where an import notes which file a stream came from.</summary>
    public static RowField SourceSha256 { get; } = Label(SignalStreamDescriptor.SourceLabel);

    public static RowField Label(string key) => new("(stream.labels ->> @key)", NpgsqlDbType.Text) { Key = key };

    public static RowOrder.Time ByStartTime { get; } = new("stream.start_time_ns");
}
