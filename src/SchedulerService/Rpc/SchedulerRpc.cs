using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Workflows;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Rpc;

/// <summary>Answers <c>dendrite.v1.SchedulerService</c>: here jobs, in the other part their runs.</summary>
internal sealed partial class SchedulerRpc(
    ReachedProjects projects,
    JobRpcStores stores,
    JobInput input,
    RunRequests runRequests,
    DrainState drain,
    TimeProvider time,
    ILogger<SchedulerRpc> logger
) : V1.SchedulerService.SchedulerServiceBase
{
    private const int MaxReasonLength = 1_000;

    /// <summary>An update without an etag that meets others tries so often.</summary>
    public override async Task<CreateJobResponse> CreateJob(CreateJobRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        var id = ResourceId.Check(request.JobId, "job_id");
        var fields = request.Job ?? throw DendriteException.Invalid("job", "is missing");
        var name = new JobName(parent.Project, id);
        var mutation = Mutations.Of(context, request, request.RequestId, name.ToString());
        var project = await projects.AdministerAsync(context, parent.Project);
        var token = context.CancellationToken;
        // Before what it names is looked up: that may be gone since the first time.
        if (await stores.Writer.FindDoneAsync(project, mutation, token) is { } done)
            return new() { Job = await WithLastRunAsync(name, done, token) };
        var job = await input.NewAsync(new(project, parent), id, fields, token);
        var made = await stores.Writer.CreateAsync(job, mutation, token);
        runRequests.Nudge();
        LogCreated(logger, name.ToString(), mutation.Actor);
        return new() { Job = JobMapper.ToContract(name, made, lastRun: null) };
    }

    public override async Task<GetJobResponse> GetJob(GetJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var job = await stores.Jobs.GetAsync(project, name.Job, context.CancellationToken);
        return new() { Job = await WithLastRunAsync(name, job, context.CancellationToken) };
    }

    public override async Task<ListJobsResponse> ListJobs(ListJobsRequest request, ServerCallContext context)
    {
        var parent = ProjectName.Parse(request.Parent, "parent");
        string[] same = [nameof(ListJobs), request.Parent, request.Filter, request.OrderBy];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var order = OrderBy.Read(request.OrderBy, JobFilter.Times);
        var query = new JobQuery(page.Limit)
        {
            After = RowPlace.Parse(page.Place),
            Order = order,
            Filter = JobFilter.Read(request.Filter, parent.Project),
        };
        var project = await projects.ReachAsync(context, parent.Project);
        var found = await stores.Jobs.ListAsync(project, query, context.CancellationToken);
        var jobs = page.Of(found).ToList();
        var names = jobs.Select(job => job.Name).ToList();
        var last = await stores.Runs.LatestAsync(project, names, context.CancellationToken);
        var response = new ListJobsResponse();
        response.Jobs.AddRange(
            jobs.Select(job =>
                JobMapper.ToContract(new(parent.Project, job.Name), job, last.GetValueOrDefault(job.Name))
            )
        );
        response.NextPageToken = page.TokenAfter(found, job => order.PlaceOf(job.Name, job.Timetable.NextRunTime));
        return response;
    }

    public override async Task<UpdateJobResponse> UpdateJob(UpdateJobRequest request, ServerCallContext context)
    {
        var fields = request.Job ?? throw DendriteException.Invalid("job", "is missing");
        var name = JobName.Parse(fields.Name, "job.name");
        var mutation = Mutations.Of(context, request, request.RequestId, fields.Name);
        var expected = Etag.ToRevision(fields.Etag);
        var project = await projects.AdministerAsync(context, name.Project);
        var token = context.CancellationToken;
        return await Updates.OntoLatestAsync(expected, ChangeAsync);

        async Task<UpdateJobResponse> ChangeAsync()
        {
            var current = await stores.Jobs.GetAsync(project, name.Job, token);
            var (job, setsSchedule) = await input.ChangeAsync(new(project, name.Parent), current, request, token);
            var sets = setsSchedule ? JobChange.Schedule : JobChange.None;
            if (!JobDefinition.TaskOf(job).Equals(JobDefinition.TaskOf(current)))
            {
                WorkflowJobs.RefuseOwn(current, name);
                sets |= JobChange.Task;
            }

            var wanted = job with { Revision = expected ?? job.Revision };
            var changed = await stores.Writer.UpdateAsync(wanted, sets, mutation, token);
            runRequests.Nudge();
            LogChanged(logger, fields.Name, mutation.Actor);
            return new() { Job = await WithLastRunAsync(name, changed, token) };
        }
    }

    public override async Task<DeleteJobResponse> DeleteJob(DeleteJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var mutation = Mutations.OfDeletion(context, request, request.RequestId, request.Name, request.AllowMissing);
        var project = await projects.AdministerAsync(context, name.Project);
        if (PlatformJobs.IsOne(name.Job))
        {
            throw new DendriteException(
                ErrorReason.ResourceInUse,
                $"Job '{name.Job}' is one that every project has: pause it, or change its schedule."
            );
        }

        if (await stores.Jobs.FindAsync(project, name.Job, context.CancellationToken) is { } job)
            WorkflowJobs.RefuseOwn(job, name);
        var target = new RowTarget(name.Job, Etag.ToRevision(request.Etag));
        var deletion = stores.Writer.DeleteAsync(project, target, mutation, context.CancellationToken);
        if (await deletion.FoundAsync(mutation.AllowsMissing, ErrorReason.JobNotFound))
        {
            LogDeleted(logger, request.Name, mutation.Actor);
        }

        return new();
    }

    public override async Task<PauseJobResponse> PauseJob(PauseJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var reason = RequestFields.Text(request.Reason, "reason", MaxReasonLength);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var target = new RowTarget(name.Job, Etag.ToRevision(request.Etag));
        var pause = (time.GetUtcNow(), reason);
        var paused = await stores.Writer.PauseAsync(project, target, pause, mutation, context.CancellationToken);
        LogPaused(logger, request.Name, mutation.Actor);
        return new() { Job = await WithLastRunAsync(name, paused, context.CancellationToken) };
    }

    public override async Task<ResumeJobResponse> ResumeJob(ResumeJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var token = context.CancellationToken;
        var job = await stores.Jobs.GetAsync(project, name.Job, token);
        var now = time.GetUtcNow();
        var next = (await input.TimesAsync(job, token))?.NextRunAfter(now);
        var target = new RowTarget(name.Job, Etag.ToRevision(request.Etag));
        var resumed = await stores.Writer.ResumeAsync(project, target, (now, next), mutation, token);
        await runRequests.ReleaseAsync(project, token);
        LogResumed(logger, request.Name, mutation.Actor);
        return new() { Job = await WithLastRunAsync(name, resumed, token) };
    }

    private async Task<Job> WithLastRunAsync(JobName name, JobRecord job, CancellationToken cancellationToken)
    {
        var last = await stores.Runs.LatestAsync(job.Project, [job.Name], cancellationToken);
        return JobMapper.ToContract(name, job, last.GetValueOrDefault(job.Name));
    }
}

/// <summary>What is read and written for callers.</summary>
internal sealed record JobRpcStores(
    JobStore Jobs,
    JobWriter Writer,
    RunStore Runs,
    RunJournalStore Journals,
    SchedulerHealthStore Health
);
