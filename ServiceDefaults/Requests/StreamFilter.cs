using Dendrite.Contracts.Filters;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Signals;

namespace Dendrite.ServiceDefaults.Requests;

/// <summary>What streams are listed by.</summary>
public static class StreamFilter
{
    private const string Known = "stream_id, state, start_time, end_sample, device.model, source_sha256 and labels.KEY";

    private static readonly Dictionary<string, bool> States = new() { ["OPEN"] = false, ["FINISHED"] = true };

    public static IReadOnlyDictionary<string, RowOrder.Time> Times { get; } =
        new Dictionary<string, RowOrder.Time> { ["start_time"] = StreamListFields.ByStartTime };

    /// <summary>Null for an empty filter, which leaves nothing out.</summary>
    /// <param name="branch">The branch's resource name: streams may be named by id or in full.</param>
    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition? Read(string filter, string branch) =>
        string.IsNullOrWhiteSpace(filter)
            ? null
            : FilterMapping.Map(filter, comparison => Read(comparison, $"{branch}/streams/"));

    private static RowCondition Read(FilterComparison comparison, string streams) =>
        comparison.Field.Name switch
        {
            "stream_id" => FilterMapping.Name(comparison, StreamListFields.Id, streams),
            "state" => FilterMapping.OneOf(comparison, StreamListFields.IsFinished, States),
            "start_time" => FilterMapping.Instant(comparison, StreamListFields.StartTime),
            "end_sample" => FilterMapping.Number(comparison, StreamListFields.EndSample),
            "device.model" => FilterMapping.Text(comparison, StreamListFields.DeviceModel),
            "source_sha256" => FilterMapping.Text(comparison, StreamListFields.SourceSha256),
            _ => FilterMapping.Label(comparison, StreamListFields.Label)
                ?? throw FilterError.UnknownField(comparison.Field, Known),
        };
}
