using System.Globalization;
using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;
using Quartz;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>
/// The jobs of a project over gRPC: list, look, run, pause, resume, and their runs. The rest of the contract is
/// answered UNIMPLEMENTED.
/// </summary>
internal sealed class SchedulerRpc(
    ProjectStore projects,
    JobStore jobs,
    RunStore runs,
    ISchedulerFactory quartz,
    TimeProvider time
) : V1.SchedulerService.SchedulerServiceBase
{
    private const int MaxReasonLength = 1000;

    public override async Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var project = await ProjectAsync(name.Project, context);
        var job = await jobs.GetAsync(project, name.Job, context.CancellationToken);
        return new GetJobResponse { Job = await WithLastRunAsync(name, job, context) };
    }

    public override async Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context)
    {
        RefuseFilter(request.Filter, request.OrderBy);
        var parent = ProjectName.Parse(request.Parent, "parent");
        var project = await ProjectAsync(parent.Project, context);
        var size = PageSize.Resolve(request.PageSize);
        var after = PageToken.Decode(request.PageToken, "ListJobs", request.Parent) ?? "";
        var page = await jobs.ListAsync(project, after, size + 1, context.CancellationToken);

        var response = new ListJobsResponse();
        foreach (var job in page.Take(size))
            response.Jobs.Add(await WithLastRunAsync(new JobName(parent.Project, job.Name), job, context));
        if (page.Count > size)
            response.NextPageToken = PageToken.Encode(page[size - 1].Name, "ListJobs", request.Parent);
        return response;
    }

    public override async Task<RunJobResponse> RunJob(RunJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var requestId = ParseRequestId(request.RequestId);
        var project = await ProjectAsync(name.Project, context);
        var job = await jobs.GetAsync(project, name.Job, context.CancellationToken);
        var now = time.GetUtcNow();
        var asked = new AskedRun(Guid.CreateVersion7(now), requestId, context.GetCaller().Label, request.DryRun);
        var run = await runs.AddAskedAsync(job, asked, now, context.CancellationToken);
        if (run.Job != name.Job || run.DryRun != request.DryRun)
        {
            throw new DendriteException(
                ErrorReason.RequestIdReused,
                $"Request id {requestId} was used before for another run: make a new id for each request."
            );
        }

        // Only the first of equal requests starts it. Should this process end right here, the reconciler does.
        if (run.Id == asked.RunId)
        {
            var scheduler = await quartz.GetScheduler(context.CancellationToken);
            await JobReconciler.StartRunAsync(scheduler, name, run.Id, context.CancellationToken);
        }

        return new RunJobResponse { Run = RunMessages.Of(name, run) };
    }

    public override async Task<PauseJobResponse> PauseJob(PauseJobRequest request, ServerCallContext context)
    {
        if (request.Reason.Length > MaxReasonLength)
            throw DendriteException.Invalid("reason", $"it has more than {MaxReasonLength} characters; say it shorter");
        var name = JobName.Parse(request.Name);
        var paused = await PauseAsync(name, time.GetUtcNow(), request.Reason, request.Etag, context);
        return new PauseJobResponse { Job = await WithLastRunAsync(name, paused, context) };
    }

    public override async Task<ResumeJobResponse> ResumeJob(ResumeJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var resumed = await PauseAsync(name, pauseTime: null, reason: "", request.Etag, context);
        return new ResumeJobResponse { Job = await WithLastRunAsync(name, resumed, context) };
    }

    public override async Task<GetRunResponse> GetRun(GetRunRequest request, ServerCallContext context)
    {
        var name = RunName.Parse(request.Name);
        var project = await ProjectAsync(name.Project, context);
        var run = Guid.TryParse(name.Run, out var id)
            ? await runs.FindAsync(project, name.Job, id, context.CancellationToken)
            : null;
        return run is not null
            ? new GetRunResponse { Run = RunMessages.Of(name.Parent, run) }
            : throw new DendriteException(
                ErrorReason.JobNotFound,
                $"Run '{name.Run}' of job '{name.Job}' does not exist; list the job's runs for those that do."
            );
    }

    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        RefuseFilter(request.Filter, orderBy: "");
        var name = JobName.Parse(request.Parent, "parent");
        var project = await ProjectAsync(name.Project, context);
        await jobs.GetAsync(project, name.Job, context.CancellationToken);
        var size = PageSize.Resolve(request.PageSize);
        var before = PageToken.Decode(request.PageToken, "ListRuns", request.Parent);
        var page = await runs.ListAsync(
            project,
            name.Job,
            before is null ? null : Guid.Parse(before),
            size + 1,
            context.CancellationToken
        );

        var response = new ListRunsResponse();
        response.Runs.AddRange(page.Take(size).Select(run => RunMessages.Of(name, run)));
        if (page.Count > size)
            response.NextPageToken = PageToken.Encode(page[size - 1].Id.ToString(), "ListRuns", request.Parent);
        return response;
    }

    private async Task<ProjectId> ProjectAsync(string project, ServerCallContext context)
    {
        context.GetCaller().Require(project);
        return (await projects.GetAsync(project, context.CancellationToken)).Id;
    }

    private async Task<JobRecord> PauseAsync(
        JobName name,
        DateTimeOffset? pauseTime,
        string reason,
        string etag,
        ServerCallContext context
    )
    {
        var revision = ParseEtag(etag);
        var project = await ProjectAsync(name.Project, context);
        var job = await jobs.GetAsync(project, name.Job, context.CancellationToken);
        return await jobs.PauseAsync(job, pauseTime, reason, revision, time.GetUtcNow(), context.CancellationToken);
    }

    private async Task<Job> WithLastRunAsync(JobName name, JobRecord job, ServerCallContext context)
    {
        var last = await runs.ListAsync(job.Project, job.Name, before: null, limit: 1, context.CancellationToken);
        return JobMessages.Of(name, job, last.Count > 0 ? last[0] : null, time.GetUtcNow());
    }

    private static void RefuseFilter(string filter, string orderBy)
    {
        if (filter.Length > 0 || orderBy is not ("" or "name"))
        {
            throw new DendriteException(
                ErrorReason.NotImplemented,
                "Filters, and orders other than by name, are not implemented by this server yet: leave them empty."
            );
        }
    }

    private static Guid? ParseRequestId(string requestId) =>
        requestId.Length == 0 ? null
        : Guid.TryParse(requestId, out var id) ? id
        : throw DendriteException.Invalid("request_id", "it is no UUID; make one for each request");

    private static long? ParseEtag(string etag) =>
        etag.Length == 0 ? null
        : long.TryParse(etag, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision
        : throw DendriteException.Invalid("etag", "it is not one that this server gave out; read the job again");
}
