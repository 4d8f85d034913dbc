using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Refusals;

/// <summary>Bad arguments to each call about runs, lists and calendars.</summary>
public sealed class RunRefusalTests(RefusalLab lab) : IClassFixture<RefusalLab>
{
    private const string NoJob = "projects/lab/jobs/none";
    private const string NoRun = $"{RefusalLab.Job}/runs/00000000-0000-7000-8000-000000000000";

    public static TheoryData<Refusal, string> JobNames =>
        new()
        {
            { Invalid("name"), "" },
            { Invalid("name"), "job" },
            { Invalid("name"), RefusalLab.Hostile },
            { Invalid("name"), new string('x', 100_000) },
            { Of(StatusCode.NotFound), NoJob },
            { Of(StatusCode.NotFound), "projects/other/jobs/job" },
        };

    public static TheoryData<Refusal, string> RunNames =>
        new()
        {
            { Invalid("name"), "" },
            { Invalid("name"), RefusalLab.Job },
            { Invalid("name"), $"{RefusalLab.Job}/runs/x'; --" },
            { Of(StatusCode.NotFound), NoRun },
            { Of(StatusCode.NotFound), $"{RefusalLab.Job}/runs/1" },
            { Of(StatusCode.NotFound), $"{NoJob}/runs/00000000-0000-7000-8000-000000000000" },
        };

    [Theory]
    [MemberData(nameof(JobNames))]
    [BadInputOf("GetJob", "DeleteJob", "RunJob", "PauseJob", "ResumeJob", "BackfillJob")]
    public async Task A_job_that_is_not_there_is_said_so(Refusal refusal, string name)
    {
        var (jobs, headers) = (lab.Jobs, lab.Headers);
        var range = new TimeRange
        {
            StartTime = new() { Seconds = 1 },
            EndTime = new() { Seconds = 2 },
        };
        await RefusedAsync(refusal, async () => await jobs.GetJobAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.DeleteJobAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.RunJobAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.PauseJobAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.ResumeJobAsync(new() { Name = name }, headers));
        await RefusedAsync(
            refusal,
            async () => await jobs.BackfillJobAsync(new() { Name = name, Range = range }, headers)
        );
    }

    [Theory]
    [MemberData(nameof(RunNames))]
    [BadInputOf("GetRun", "ReadRunLog", "CancelRun", "RetryRun")]
    public async Task A_run_that_is_not_there_is_said_so(Refusal refusal, string name)
    {
        var (jobs, headers) = (lab.Jobs, lab.Headers);
        await RefusedAsync(refusal, async () => await jobs.GetRunAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.CancelRunAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, async () => await jobs.RetryRunAsync(new() { Name = name }, headers));
        await RefusedAsync(refusal, () => ReadLogAsync(new() { Name = name }));
    }

    [Fact]
    public async Task What_a_call_about_a_job_or_a_run_cannot_do_is_refused()
    {
        var (jobs, headers) = (lab.Jobs, lab.Headers);
        (Refusal Refusal, Func<Task> Call)[] table =
        [
            (Invalid("start_line"), () => ReadLogAsync(new() { Name = lab.Run, StartLine = -1 })),
            (
                Of(StatusCode.FailedPrecondition),
                async () => await jobs.RetryRunAsync(new() { Name = lab.Run }, headers)
            ),
            (Invalid("reason"), async () => await jobs.CancelRunAsync(Cancel(new string('x', 1_001)), headers)),
            (Invalid("reason"), async () => await jobs.CancelRunAsync(Cancel("nul \0"), headers)),
            (Invalid("reason"), async () => await jobs.PauseJobAsync(Pause(new string('x', 1_001)), headers)),
            (
                Of(StatusCode.Aborted),
                async () => await jobs.PauseJobAsync(new() { Name = RefusalLab.Job, Etag = "\"9\"" }, headers)
            ),
            (
                Of(StatusCode.Aborted),
                async () => await jobs.ResumeJobAsync(new() { Name = RefusalLab.Job, Etag = "\"9\"" }, headers)
            ),
            (
                Of(StatusCode.Aborted),
                async () => await jobs.DeleteJobAsync(new() { Name = RefusalLab.Job, Etag = "\"9\"" }, headers)
            ),
            (
                Of(StatusCode.FailedPrecondition),
                async () => await jobs.DeleteJobAsync(new() { Name = SchedulerFixture.Job }, headers)
            ),
            (
                Invalid("request_id"),
                async () => await jobs.RunJobAsync(new() { Name = RefusalLab.Job, RequestId = "7" }, headers)
            ),
        ];
        foreach (var (refusal, call) in table)
            await RefusedAsync(refusal, call);

        CancelRunRequest Cancel(string reason) => new() { Name = lab.Run, Reason = reason };
        static PauseJobRequest Pause(string reason) => new() { Name = RefusalLab.Job, Reason = reason };
    }

    [Theory]
    [InlineData("range", null, 2L, 0)]
    [InlineData("range", 1L, null, 0)]
    [InlineData("range", 2L, 1L, 0)]
    [InlineData("range.start_time", long.MinValue, 1L, 0)]
    [InlineData("range.end_time", 1L, 100_000_000_000L, 0)]
    [InlineData("max_concurrent_runs", 1L, 2L, 17)]
    [InlineData("max_concurrent_runs", 1L, 2L, -1)]
    public async Task A_range_that_is_not_past_is_not_filled(string field, long? start, long? end, int concurrent)
    {
        var request = new BackfillJobRequest
        {
            Name = RefusalLab.Job,
            MaxConcurrentRuns = concurrent,
            Range = new()
            {
                StartTime = start is { } from ? new() { Seconds = from } : null,
                EndTime = end is { } until ? new() { Seconds = until } : null,
            },
        };
        await RefusedAsync(Invalid(field), async () => await lab.Jobs.BackfillJobAsync(request, lab.Headers));
    }

    [Theory]
    [InlineData("parent", "lab", "", "", 0, "")]
    [InlineData("page_size", "projects/lab", "", "", -1, "")]
    [InlineData("filter", "projects/lab", "nothing = 1", "", 0, "")]
    [InlineData("filter", "projects/lab", "state = BUSY", "", 0, "")]
    [InlineData("filter", "projects/lab", "task = \"rm\"", "", 0, "")]
    [InlineData("filter", "projects/lab", "job_id = a'; --", "", 0, "")]
    [InlineData("filter", "projects/lab", "next_run_time > yesterday", "", 0, "")]
    [InlineData("order_by", "projects/lab", "", "uid", 0, "")]
    [InlineData("page_token", "projects/lab", "", "", 0, "made up")]
    [BadInputOf("ListJobs")]
    public async Task A_list_of_jobs_is_asked_for_by_what_jobs_have(
        string field,
        string parent,
        string filter,
        string order,
        int size,
        string token
    )
    {
        var request = new ListJobsRequest
        {
            Parent = parent,
            Filter = filter,
            OrderBy = order,
            PageSize = size,
            PageToken = token,
        };
        var refusal = new Refusal(StatusCode.InvalidArgument, field, null);
        await RefusedAsync(refusal, async () => await lab.Jobs.ListJobsAsync(request, lab.Headers));
    }

    [Theory]
    [InlineData("parent", "projects/lab", "", 0, "")]
    [InlineData("page_size", RefusalLab.Job, "", -1, "")]
    [InlineData("filter", RefusalLab.Job, "state = DONE", 0, "")]
    [InlineData("filter", RefusalLab.Job, "trigger > CALLER", 0, "")]
    [InlineData("filter", RefusalLab.Job, "start_time > soon", 0, "")]
    [InlineData("page_token", RefusalLab.Job, "", 0, "made up")]
    [BadInputOf("ListRuns")]
    public async Task A_list_of_runs_is_asked_for_by_what_runs_have(
        string field,
        string parent,
        string filter,
        int size,
        string token
    )
    {
        var request = new ListRunsRequest
        {
            Parent = parent,
            Filter = filter,
            PageSize = size,
            PageToken = token,
        };
        var refusal = new Refusal(StatusCode.InvalidArgument, field, null);
        await RefusedAsync(refusal, async () => await lab.Jobs.ListRunsAsync(request, lab.Headers));
    }

    [Theory]
    [InlineData("project", "", 60L)]
    [InlineData("project", "lab", 60L)]
    [InlineData("window", "projects/lab", 0L)]
    [InlineData("window", "projects/lab", -60L)]
    [InlineData("window", "projects/lab", long.MaxValue)]
    [BadInputOf("GetSchedulerHealth")]
    public async Task Health_is_asked_for_over_a_window_that_can_be(string field, string project, long seconds)
    {
        var request = new GetSchedulerHealthRequest
        {
            Project = project,
            Window = new() { Seconds = seconds },
        };
        await RefusedAsync(Invalid(field), async () => await lab.Jobs.GetSchedulerHealthAsync(request, lab.Headers));
    }

    private async Task RefusedAsync(Refusal refusal, Func<Task> call) =>
        Assert.Equal(refusal, await lab.RefusalOfAsync(call));

    private async Task ReadLogAsync(ReadRunLogRequest request)
    {
        using var call = lab.Jobs.ReadRunLog(request, lab.Headers);
        while (await call.ResponseStream.MoveNext(SchedulerFixture.Token)) { }
    }
}
