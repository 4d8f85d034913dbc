using Dendrite.SchedulerService.Runs;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Jobs;

/// <summary>What a caller said of a job, between the contract's messages and the JSON that is stored.</summary>
internal static class JobDefinition
{
    // A newer replica may have stored what this one does not know yet.
    private static readonly JsonParser Parser = new(JsonParser.Settings.Default.WithIgnoreUnknownFields(true));

    /// <summary>Null for a job that runs only when a caller says so.</summary>
    public static Schedule? ScheduleOf(JobRecord job) =>
        job.Timetable.ScheduleJson is { } json ? Parser.Parse<Schedule>(json) : null;

    public static JobTask TaskOf(JobRecord job) => Parser.Parse<JobTask>(job.TaskJson);

    /// <summary>As the caller set it.</summary>
    public static JobPolicy SetPolicyOf(JobRecord job) => Parser.Parse<JobPolicy>(job.PolicyJson);

    public static RunPolicy PolicyOf(JobRecord job) => RunPolicy.Of(SetPolicyOf(job));

    public static string ToJson(IMessage message) => JsonFormatter.Default.Format(message);

    /// <summary>The member's name in the contract, such as <c>sync_source</c>; null where none is set.</summary>
    public static string? KindOf(JobTask task) =>
        JobTask.Descriptor.Oneofs[0].Accessor.GetCaseFieldDescriptor(task)?.Name;
}
