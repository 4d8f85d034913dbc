using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Health;
using Dendrite.SchedulerService.Times;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Dendrite.SchedulerService.Rpc;

internal sealed partial class SchedulerRpc
{
    private const int MaxHealthJobs = 1_000;

    private static readonly TimeSpan DefaultWindow = TimeSpan.FromDays(1);
    private static readonly TimeSpan MinWindow = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(366);

    public override async Task<GetSchedulerHealthResponse> GetSchedulerHealth(
        GetSchedulerHealthRequest request,
        ServerCallContext context
    )
    {
        var name = ProjectName.Parse(request.Project, "project");
        var window = request.Window is null
            ? DefaultWindow
            : Durations.Read(request.Window, "window", MinWindow, MaxWindow);
        var project = await projects.ReachAsync(context, name.Project);
        var now = time.GetUtcNow();
        var figures = await stores.Health.ReadAsync(
            project,
            now - window,
            now,
            MaxHealthJobs,
            context.CancellationToken
        );
        var jobs = figures.Jobs.Select(job => Of(name, job)).ToList();
        var response = new GetSchedulerHealthResponse
        {
            State = HealthRule.Judge(figures.Ended),
            Reason = HealthRule.Explain(figures.Ended, MostFailedOf(name, figures.Jobs)),
            SuccessRatio = figures.Ended.SuccessRatio,
            QueuedRuns = figures.Queued,
            RunningRuns = figures.Running,
            StartDelay = figures.StartDelay is { } delay ? Duration.FromTimeSpan(delay) : null,
        };
        response.Jobs.AddRange(jobs);
        return response;
    }

    /// <summary>Of equals the one that does worst.</summary>
    private static (string Job, long Failed)? MostFailedOf(ProjectName project, IReadOnlyList<JobFigures> jobs) =>
        jobs.MaxBy(job => job.Ended.Failed) is { Ended.Failed: > 0 } most
            ? (new JobName(project.Project, most.Job).ToString(), most.Ended.Failed)
            : null;

    private static JobHealth Of(ProjectName project, JobFigures job) =>
        new()
        {
            Job = new JobName(project.Project, job.Job).ToString(),
            State = HealthRule.Judge(job.Ended),
            SuccessRatio = job.Ended.SuccessRatio,
            LastSuccessTime = Timestamps.Of(job.LastSuccessTime),
            MedianDuration = job.MedianDuration is { } median ? Duration.FromTimeSpan(median) : null,
        };
}
