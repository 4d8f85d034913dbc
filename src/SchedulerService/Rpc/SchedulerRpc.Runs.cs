using Dendrite.Access;
using Dendrite.Contracts.Names;
using Dendrite.Contracts.Paging;
using Dendrite.Errors;
using Dendrite.SchedulerService.Runs;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Rpc;

internal sealed partial class SchedulerRpc
{
    /// <summary>Instead of a job's id: the runs of all jobs.</summary>
    private const string AnyJob = "-";

    private const int LogPage = 500;

    /// <summary>How often a log is looked at for lines to come.</summary>
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(250);

    public override async Task<RunJobResponse> RunJob(RunJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var project = await projects.ReachAsync(context, name.Project);
        var job = await stores.Jobs.GetAsync(project, name.Job, context.CancellationToken);
        var run = await runRequests.RunAsync(job, request.DryRun, mutation, context.CancellationToken);
        return new() { Run = RunMapper.ToContract(name, run) };
    }

    public override async Task<BackfillJobResponse> BackfillJob(BackfillJobRequest request, ServerCallContext context)
    {
        var name = JobName.Parse(request.Name);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var concurrent = Math.Max(1, request.MaxConcurrentRuns);
        if (request.MaxConcurrentRuns is < 0 or > RunRequests.MaxConcurrentBackfill)
        {
            throw DendriteException.Invalid(
                "max_concurrent_runs",
                $"is {request.MaxConcurrentRuns}; from 0 to {RunRequests.MaxConcurrentBackfill} are allowed"
            );
        }

        var (start, end) = PastRange(request.Range);
        var project = await projects.ReachAsync(context, name.Project);
        var token = context.CancellationToken;
        var job = await stores.Jobs.GetAsync(project, name.Job, token);
        var times = await input.TimesAsync(job, token);
        if (times is not { HasTimes: true })
        {
            throw DendriteException.Invalid("name", $"job '{name.Job}' has no times that it runs at; run it instead");
        }

        var due = times.RunsIn(start, end, token).Take(RunRequests.MaxBackfill + 1).ToList();
        if (due.Count > RunRequests.MaxBackfill)
        {
            throw DendriteException.Invalid(
                "range",
                $"holds more than {RunRequests.MaxBackfill} times of the job; ask for a part of it at a time"
            );
        }

        var count = await runRequests.BackfillAsync(job, due, concurrent, mutation, token);
        return new() { RunCount = count };
    }

    public override async Task<GetRunResponse> GetRun(GetRunRequest request, ServerCallContext context)
    {
        var (name, run) = await FindRunAsync(request.Name, context);
        return new() { Run = RunMapper.ToContract(name, run) };
    }

    public override async Task<ListRunsResponse> ListRuns(ListRunsRequest request, ServerCallContext context)
    {
        var (name, isAny) = ParseRunsParent(request.Parent);
        string[] same = [nameof(ListRuns), request.Parent, request.Filter];
        var page = ListPage.Read(request.PageToken, request.PageSize, same);
        var query = new RunQuery(isAny ? null : name.Job, page.Limit)
        {
            Before = page.PlaceAsId(),
            Filter = RunFilter.Read(request.Filter),
        };
        var project = await projects.ReachAsync(context, name.Project);
        if (!isAny)
            await stores.Jobs.GetAsync(project, name.Job, context.CancellationToken);
        var found = await stores.Runs.ListAsync(project, query, context.CancellationToken);
        var response = new ListRunsResponse();
        response.Runs.AddRange(
            PageBytes.Fitting(page.Of(found).Select(run => RunMapper.ToContract(new(name.Project, run.Job), run)))
        );
        response.NextPageToken = page.TokenAfter(found, response.Runs.Count, last => last.Id.ToString());
        return response;
    }

    public override async Task ReadRunLog(
        ReadRunLogRequest request,
        IServerStreamWriter<ReadRunLogResponse> responseStream,
        ServerCallContext context
    )
    {
        if (request.StartLine < 0)
            throw DendriteException.Invalid("start_line", $"is {request.StartLine}; lines are counted from 0");
        var (_, run) = await FindRunAsync(request.Name, context);
        var token = context.CancellationToken;
        var line = request.StartLine;
        while (true)
        {
            // Read before its lines: what it says until its end is then among them.
            var hasEnded = run.EndTime is not null;
            var lines = await stores.Journals.ReadAsync(run, line, LogPage, token);
            if (lines.Count > 0)
            {
                var response = new ReadRunLogResponse();
                response.Lines.AddRange(lines.Select(RunMapper.ToContract));
                await responseStream.WriteAsync(response, token);
                line = lines[^1].Number + 1;
            }

            if (lines.Count == LogPage)
                continue;
            if (hasEnded || !request.Follow)
                return;
            await WaitForLinesAsync(request.Name, token);
            run = await stores.Runs.GetAsync(run.Project, run.Job, run.Id, token);
        }
    }

    /// <exception cref="DendriteException">UNAVAILABLE: this replica is stopping.</exception>
    private async Task WaitForLinesAsync(string run, CancellationToken callEnded)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(callEnded, drain.Draining);
        try
        {
            await Task.Delay(FollowInterval, time, either.Token);
        }
        catch (OperationCanceledException) when (!callEnded.IsCancellationRequested)
        {
            throw new DendriteException(
                ErrorReason.Unavailable,
                $"This replica is stopping: follow {run} again at another one, from the line after the last that came."
            )
            {
                RetryAfter = TimeSpan.FromMilliseconds(100),
            };
        }
    }

    public override async Task<CancelRunResponse> CancelRun(CancelRunRequest request, ServerCallContext context)
    {
        var reason = RequestFields.Text(request.Reason, "reason", MaxReasonLength);
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var (name, run) = await FindRunAsync(request.Name, context);
        var cancelled = await runRequests.CancelAsync(run, reason, mutation, context.CancellationToken);
        return new() { Run = RunMapper.ToContract(name, cancelled) };
    }

    public override async Task<RetryRunResponse> RetryRun(RetryRunRequest request, ServerCallContext context)
    {
        var mutation = Mutations.Of(context, request, request.RequestId, request.Name);
        var (name, run) = await FindRunAsync(request.Name, context);
        var again = await runRequests.RetryAsync(run, mutation, context.CancellationToken);
        return new() { Run = RunMapper.ToContract(name, again) };
    }

    private async Task<(JobName Job, RunRecord Run)> FindRunAsync(string text, ServerCallContext context)
    {
        var name = RunName.Parse(text);
        var project = await projects.ReachAsync(context, name.Project);
        return Guid.TryParseExact(name.Run, "D", out var id)
            ? (name.Parent, await stores.Runs.GetAsync(project, name.Job, id, context.CancellationToken))
            : throw RunStore.NoSuchRun(name.Job, name.Run);
    }

    private (DateTimeOffset Start, DateTimeOffset End) PastRange(TimeRange? range)
    {
        if (range?.StartTime is null || range.EndTime is null)
            throw DendriteException.Invalid("range", "is missing, or one of its ends is; give both");
        var (start, end) = (
            Timestamps.Read(range.StartTime, "range.start_time"),
            Timestamps.Read(range.EndTime, "range.end_time")
        );
        if (start >= end)
            throw DendriteException.Invalid("range", "ends before it starts; turn it round");
        return end <= time.GetUtcNow()
            ? (start, end)
            : throw DendriteException.Invalid("range.end_time", "is still to come; what is to come runs by itself");
    }

    private static (JobName Name, bool IsAny) ParseRunsParent(string parent)
    {
        const string Suffix = $"/jobs/{AnyJob}";
        return parent.EndsWith(Suffix, StringComparison.Ordinal)
            ? (new(ProjectName.Parse(parent[..^Suffix.Length], "parent").Project, AnyJob), true)
            : (JobName.Parse(parent, "parent"), false);
    }
}
