using Dendrite.Contracts.Filters;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Scheduling;

namespace Dendrite.SchedulerService.Runs;

/// <summary>What runs are listed by.</summary>
internal static class RunFilter
{
    private const string Known = "state, trigger, scheduled_time, start_time and end_time";

    private static readonly Dictionary<string, string> States = Enum.GetNames<RunState>()
        .ToDictionary(name => name.ToUpperInvariant(), name => name.ToLowerInvariant());

    private static readonly Dictionary<string, string> Triggers = Enum.GetNames<RunCause>()
        .ToDictionary(name => name.ToUpperInvariant(), name => name.ToLowerInvariant());

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter) => FilterMapping.Map(filter, Read);

    private static RowCondition Read(FilterComparison comparison) =>
        comparison.Field.Name switch
        {
            "state" => FilterMapping.OneOf(comparison, RunFields.State, States),
            "trigger" => FilterMapping.OneOf(comparison, RunFields.Cause, Triggers),
            "scheduled_time" => FilterMapping.Instant(comparison, RunFields.ScheduledTime),
            "start_time" => FilterMapping.Instant(comparison, RunFields.StartTime),
            "end_time" => FilterMapping.Instant(comparison, RunFields.EndTime),
            _ => throw FilterError.UnknownField(comparison.Field, Known),
        };
}
