using Dendrite.Contracts.Filters;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Alerts;
using Dendrite.Storage.Filtering;

namespace Dendrite.SchedulerService.Alerts;

/// <summary>What alerts are listed by.</summary>
internal static class AlertFilter
{
    private const string Known = "rule, start_time and end_time";

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, string project) =>
        FilterMapping.Map(filter, comparison => Read(comparison, project));

    private static RowCondition Read(FilterComparison comparison, string project) =>
        comparison.Field.Name switch
        {
            "rule" => FilterMapping.Name(comparison, AlertFields.Rule, $"projects/{project}/alertRules/"),
            "start_time" => FilterMapping.Instant(comparison, AlertFields.StartTime),
            "end_time" => FilterMapping.Instant(comparison, AlertFields.EndTime),
            _ => throw FilterError.UnknownField(comparison.Field, Known),
        };
}
