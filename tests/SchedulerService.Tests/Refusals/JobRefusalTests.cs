using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.SchedulerService.Tests.Refusals;

/// <summary>Bad arguments to each call about jobs: the status, the field at fault, and nothing stored.</summary>
public sealed class JobRefusalTests(RefusalLab lab) : IClassFixture<RefusalLab>
{
    private const string Cron = "job.schedule.cron.expression";
    private const string Zone = "job.schedule.cron.time_zone";
    private const string Times = "job.schedule.attempts.times";
    private const string After = "job.schedule.after_jobs.jobs";

    public static TheoryData<Refusal, Action<CreateJobRequest>> Creates =>
        new()
        {
            { Invalid("parent"), create => create.Parent = "" },
            { Invalid("parent"), create => create.Parent = "projects/lab/jobs/job" },
            { Of(StatusCode.NotFound), create => create.Parent = "projects/other" },
            { Invalid("job_id"), create => create.JobId = "" },
            { Invalid("job_id"), create => create.JobId = "Nightly" },
            { Invalid("job_id"), create => create.JobId = "x'; --" },
            { Invalid("job_id"), create => create.JobId = new string('x', 100_000) },
            { Of(StatusCode.AlreadyExists), create => create.JobId = "job" },
            { Invalid("job"), create => create.Job = null },
            { Invalid("request_id"), create => create.RequestId = "1" },
            { Invalid("job.display_name"), create => create.Job.DisplayName = new string('x', 201) },
            { Invalid("job.display_name"), create => create.Job.DisplayName = "bell \a" },
            { Invalid("job.labels"), create => create.Job.Labels.Add("No key", "v") },
            { Invalid("job.labels.a"), create => create.Job.Labels.Add("a", new string('x', 257)) },
            { Invalid("job.labels"), create => Many(65, i => create.Job.Labels.Add($"k{i}", "")) },
            { Invalid("job.task"), create => create.Job.Task = null },
            { Invalid("job.task"), create => create.Job.Task = new() },
            { Of(StatusCode.NotFound), create => create.Job.Schedule.Calendar = "projects/lab/calendars/none" },
            { Invalid("job.schedule.calendar"), create => create.Job.Schedule.Calendar = "none" },
            { Invalid("job.schedule.calendar"), create => create.Job.Schedule.Calendar = "projects/b/calendars/c" },
            {
                Invalid("job.task.retention.policies[0]"),
                create => create.Job.Task.Retention = new() { Policies = { "forever" } }
            },
            {
                Invalid("job.task.retention.policies"),
                create => create.Job.Task.Retention = new() { Policies = { Enumerable.Repeat("p", 101) } }
            },
            {
                Invalid("job.task.maintenance.budget"),
                create => create.Job.Task.Maintenance = new() { Budget = new() { Seconds = -1 } }
            },
            {
                Invalid("job.task.maintenance.budget"),
                create => create.Job.Task.Maintenance = new() { Budget = new() { Seconds = 1_000_000 } }
            },
        };

    public static TheoryData<Refusal, Action<CreateJobRequest>> Schedules =>
        new()
        {
            { Invalid("job.schedule"), create => create.Job.Schedule = new() },
            { Invalid(Cron), create => create.Job.Schedule.Cron = new() },
            { Invalid(Cron), create => create.Job.Schedule.Cron.Expression = "every night" },
            { Invalid(Cron), create => create.Job.Schedule.Cron.Expression = "99 * * * *" },
            { Invalid(Cron), create => create.Job.Schedule.Cron.Expression = "* * * * * * *" },
            { Invalid(Cron), create => create.Job.Schedule.Cron.Expression = $"{new string('1', 100_000)} * * * *" },
            { Invalid(Cron), create => create.Job.Schedule.Cron.Expression = "0 2 * * *; DROP" },
            // Days that never come.
            { Invalid("job.schedule"), create => create.Job.Schedule.Cron.Expression = "0 0 30 2 *" },
            { Invalid("job.schedule"), create => create.Job.Schedule.Cron.Expression = "0 0 31 4,6,9,11 *" },
            { Invalid(Zone), create => create.Job.Schedule.Cron.TimeZone = "Europe/Atlantis" },
            { Invalid(Zone), create => create.Job.Schedule.Cron.TimeZone = "../../../etc/passwd" },
            { Invalid(Zone), create => create.Job.Schedule.Cron.TimeZone = new string('x', 100_000) },
            { Invalid("job.schedule.interval"), create => create.Job.Schedule.Interval = new() },
            { Invalid("job.schedule.interval"), create => create.Job.Schedule.Interval = new() { Nanos = 1 } },
            { Invalid("job.schedule.interval"), create => create.Job.Schedule.Interval = new() { Seconds = -60 } },
            {
                Invalid("job.schedule.interval"),
                create => create.Job.Schedule.Interval = new() { Seconds = 1, Nanos = -1 }
            },
            {
                Invalid("job.schedule.interval"),
                create => create.Job.Schedule.Interval = new() { Seconds = long.MaxValue }
            },
            { Invalid("job.schedule"), create => create.Job.Schedule.Once = new() },
            { Invalid("job.schedule.once"), create => create.Job.Schedule.Once = new() { Seconds = long.MaxValue } },
            { Invalid(Times), create => create.Job.Schedule.Attempts = new() },
            { Invalid($"{Times}[0]"), create => create.Job.Schedule.Attempts = new() { Times = { "25:00" } } },
            { Invalid($"{Times}[1]"), create => create.Job.Schedule.Attempts = new() { Times = { "20:00", "8" } } },
            { Invalid($"{Times}[1]"), create => create.Job.Schedule.Attempts = new() { Times = { "20:00", "20:00" } } },
            {
                Invalid(Times),
                create => create.Job.Schedule.Attempts = new() { Times = { Enumerable.Repeat("20:00", 97) } }
            },
            {
                Invalid("job.schedule.attempts.time_zone"),
                create => create.Job.Schedule.Attempts = new() { Times = { "20:00" }, TimeZone = "Berlin" }
            },
            { Invalid(After), create => create.Job.Schedule.AfterJobs = new() },
            { Invalid($"{After}[0]"), create => create.Job.Schedule.AfterJobs = new() { Jobs = { "job" } } },
            {
                Invalid($"{After}[0]"),
                create => create.Job.Schedule.AfterJobs = new() { Jobs = { RefusalLab.Hostile } }
            },
            { Invalid($"{After}[0]"), create => create.Job.Schedule.AfterJobs = Jobs("projects/other/jobs/job") },
            { Invalid($"{After}[0]"), create => create.Job.Schedule.AfterJobs = Jobs("projects/lab/jobs/new") },
            { Invalid($"{After}[1]"), create => create.Job.Schedule.AfterJobs = Jobs(RefusalLab.Job, RefusalLab.Job) },
            { Of(StatusCode.NotFound), create => create.Job.Schedule.AfterJobs = Jobs("projects/lab/jobs/none") },
            {
                Invalid(After),
                create => create.Job.Schedule.AfterJobs = Jobs([.. Enumerable.Repeat(RefusalLab.Job, 101)])
            },
            {
                Invalid("job.schedule.active_range"),
                create =>
                    create.Job.Schedule.ActiveRange = new()
                    {
                        StartTime = new() { Seconds = 2_000_000_000 },
                        EndTime = new() { Seconds = 1_999_999_999 },
                    }
            },
            {
                Invalid("job.schedule"),
                create => create.Job.Schedule.ActiveRange = new() { EndTime = new() { Seconds = 1 } }
            },
        };

    public static TheoryData<Refusal, Action<JobPolicy>> Policies =>
        new()
        {
            { Invalid("job.policy.misfire"), policy => policy.Misfire = (MisfirePolicy)99 },
            { Invalid("job.policy.overlap"), policy => policy.Overlap = (OverlapPolicy)(-1) },
            { Invalid("job.policy.max_attempts"), policy => policy.MaxAttempts = 101 },
            { Invalid("job.policy.max_attempts"), policy => policy.MaxAttempts = -1 },
            { Invalid("job.policy.pause_after_failures"), policy => policy.PauseAfterFailures = -1 },
            { Invalid("job.policy.pause_after_failures"), policy => policy.PauseAfterFailures = int.MaxValue },
            { Invalid("job.policy.timeout"), policy => policy.Timeout = new() },
            { Invalid("job.policy.timeout"), policy => policy.Timeout = new() { Seconds = 1, Nanos = 2_000_000_000 } },
            { Invalid("job.policy.catch_up_window"), policy => policy.CatchUpWindow = new() { Seconds = -1 } },
            { Invalid("job.policy.max_backoff"), policy => policy.MaxBackoff = new() { Seconds = 1_000_000 } },
            { Invalid("job.policy.initial_backoff"), policy => policy.MaxBackoff = new() { Seconds = 1 } },
            { Invalid("job.policy.concurrency_key"), policy => policy.ConcurrencyKey = new string('k', 201) },
            { Invalid("job.policy.concurrency_key"), policy => policy.ConcurrencyKey = "nul \0" },
        };

    public static TheoryData<Refusal, Action<UpdateJobRequest>> Updates =>
        new()
        {
            { Invalid("job"), update => update.Job = null },
            { Invalid("job.name"), update => update.Job.Name = "" },
            { Invalid("job.name"), update => update.Job.Name = RefusalLab.Hostile },
            { Of(StatusCode.NotFound), update => update.Job.Name = "projects/lab/jobs/none" },
            { Of(StatusCode.Aborted), update => update.Job.Etag = "\"99\"" },
            { Of(StatusCode.Aborted), update => update.Job.Etag = "not ours" },
            { Invalid("update_mask"), update => update.UpdateMask = new FieldMask { Paths = { "state" } } },
            { Invalid("update_mask"), update => update.UpdateMask = new FieldMask { Paths = { "schedule.cron" } } },
            { Invalid("job.task"), update => update.UpdateMask = new FieldMask { Paths = { "task" } } },
            { Invalid(Cron), update => update.Job.Schedule = new() { Cron = new() { Expression = "x" } } },
            { Invalid($"{After}[0]"), update => update.Job.Schedule = new() { AfterJobs = Jobs(RefusalLab.Job) } },
            { Invalid("request_id"), update => update.RequestId = "{}" },
        };

    [Theory]
    [MemberData(nameof(Creates))]
    [MemberData(nameof(Schedules))]
    [BadInputOf("CreateJob")]
    public async Task A_job_that_makes_no_sense_is_not_made(Refusal refusal, Action<CreateJobRequest> spoil)
    {
        var request = RefusalLab.NewJob("new");
        spoil(request);
        Assert.Equal(
            refusal,
            await lab.RefusalOfAsync(async () => await lab.Jobs.CreateJobAsync(request, lab.Headers))
        );
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public async Task A_policy_that_makes_no_sense_is_not_taken(Refusal refusal, Action<JobPolicy> spoil)
    {
        var request = RefusalLab.NewJob("new");
        spoil(request.Job.Policy);
        Assert.Equal(
            refusal,
            await lab.RefusalOfAsync(async () => await lab.Jobs.CreateJobAsync(request, lab.Headers))
        );
    }

    [Theory]
    [MemberData(nameof(Updates))]
    [BadInputOf("UpdateJob")]
    public async Task A_change_that_makes_no_sense_changes_nothing(Refusal refusal, Action<UpdateJobRequest> spoil)
    {
        var request = new UpdateJobRequest
        {
            Job = new() { Name = RefusalLab.Job, DisplayName = "new" },
        };
        spoil(request);
        Assert.Equal(
            refusal,
            await lab.RefusalOfAsync(async () => await lab.Jobs.UpdateJobAsync(request, lab.Headers))
        );
    }

    [Theory]
    [InlineData("60 * * * *")]
    [InlineData("* 24 * * *")]
    [InlineData("* * 0 * *")]
    [InlineData("* * * 13 *")]
    [InlineData("* * * * 8")]
    [InlineData("*/0 * * * *")]
    [InlineData("-1 * * * *")]
    [InlineData("0 2 * *")]
    public async Task A_cron_expression_of_times_that_no_clock_shows_is_refused(string expression)
    {
        var create = RefusalLab.NewJob("new");
        create.Job.Schedule = new() { Cron = new() { Expression = expression } };
        Assert.Equal(
            Invalid(Cron),
            await lab.RefusalOfAsync(async () => await lab.Jobs.CreateJobAsync(create, lab.Headers))
        );
    }

    [Fact]
    public async Task Jobs_that_would_follow_each_other_in_a_circle_are_refused_by_name()
    {
        foreach (var (id, after) in new[] { ("first", "job"), ("second", "first"), ("third", "second") })
        {
            var create = RefusalLab.NewJob(id);
            create.Job.Schedule = new() { AfterJobs = Jobs($"projects/lab/jobs/{after}") };
            await lab.Jobs.CreateJobAsync(create, lab.Headers);
        }

        var update = new UpdateJobRequest
        {
            Job = new()
            {
                Name = "projects/lab/jobs/first",
                Schedule = new() { AfterJobs = Jobs("projects/lab/jobs/third") },
            },
        };
        Assert.Equal(
            Invalid(After),
            await lab.RefusalOfAsync(async () => await lab.Jobs.UpdateJobAsync(update, lab.Headers))
        );
        // What others follow stays.
        var delete = new DeleteJobRequest { Name = "projects/lab/jobs/second" };
        Assert.Equal(
            Of(StatusCode.FailedPrecondition),
            await lab.RefusalOfAsync(async () => await lab.Jobs.DeleteJobAsync(delete, lab.Headers))
        );
    }

    private static AfterJobsTrigger Jobs(params string[] names) => new() { Jobs = { names } };

    private static void Many(int count, Action<int> act)
    {
        for (var i = 0; i < count; i++)
            act(i);
    }
}
