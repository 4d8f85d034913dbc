using Dendrite.Contracts.Filters;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>What jobs are listed by.</summary>
internal static class JobFilter
{
    private const string Known = "job_id, state, task, next_run_time and labels.KEY";

    private static readonly Dictionary<string, string> States = new()
    {
        ["ACTIVE"] = "active",
        ["PAUSED"] = "paused",
        ["ENDED"] = "ended",
    };

    private static readonly Dictionary<string, string> Tasks = JobTask
        .Descriptor.Oneofs[0]
        .Fields.ToDictionary(field => field.Name, field => field.Name);

    public static IReadOnlyDictionary<string, RowOrder.Time> Times { get; } =
        new Dictionary<string, RowOrder.Time> { ["next_run_time"] = JobFields.ByNextRunTime };

    /// <exception cref="Errors.DendriteException">INVALID_FILTER.</exception>
    public static RowCondition Read(string filter, string project) =>
        FilterMapping.Map(filter, comparison => Read(comparison, project));

    private static RowCondition Read(FilterComparison comparison, string project) =>
        comparison.Field.Name switch
        {
            "job_id" => FilterMapping.Name(comparison, JobFields.Name, $"projects/{project}/jobs/"),
            "state" => FilterMapping.OneOf(comparison, JobFields.State, States),
            "task" => FilterMapping.OneOf(comparison, JobFields.TaskKind, Tasks),
            "next_run_time" => FilterMapping.Instant(comparison, JobFields.NextRunTime),
            _ => FilterMapping.Label(comparison, JobFields.Label)
                ?? throw FilterError.UnknownField(comparison.Field, Known),
        };
}
