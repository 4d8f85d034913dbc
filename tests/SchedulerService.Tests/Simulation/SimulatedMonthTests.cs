using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Tests.Retention;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.SchedulerService.Tests.Simulation;

/// <summary>
/// A month in under a minute: the real engine in three replicas that die and sleep, the real Branch service and
/// PostgreSQL, all by one clock. A hundred experiments a day end, fail, are tagged, extended, merged, restored; sources
/// fail; the clocks of Berlin go forward. Every night is compared with a model that shares no code with the scheduler.
/// </summary>
public sealed class SimulatedMonthTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Seed = 20_470_310;
    private const int Days = 31;
    private const int ExperimentsPerDay = 100;
    private const int MinutesPerHour = 60;
    private const int MaxAttempts = 8;
    private static readonly DateTimeOffset Origin = new(2047, 3, 10, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset End = Origin.AddDays(Days);

    /// <summary>When jobs run, as the job is told and as the minutes are told for the model.</summary>
    private static readonly (string Job, Schedule Schedule, Func<DateTimeOffset, DateTime, bool> IsDue)[] Timetable =
    [
        ("retention", Cron("0 2 * * *"), (_, local) => local is { Hour: 2, Minute: 0 }),
        ("source-1", Cron("0 5 * * *"), (_, local) => local is { Hour: 5, Minute: 0 }),
        // In the hour that the clocks skip.
        ("source-2", Cron("30 2 * * *"), (_, local) => local is { Hour: 2, Minute: 30 }),
        ("source-3", Cron("15 */6 * * *"), (_, local) => local.Hour % 6 == 0 && local.Minute == 15),
        (
            "source-4",
            new Schedule { Interval = Duration.FromTimeSpan(TimeSpan.FromHours(4)) },
            (utc, _) => (utc - Origin).TotalMinutes % 240 == 0
        ),
        (
            "source-5",
            Cron("0 12 * * 1-5"),
            (_, local) =>
                local is { Hour: 12, Minute: 0 } && local.DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)
        ),
    ];

    private readonly RetentionLab lab = new();
    private readonly MonthModel model = new();
    private readonly SourcePlan sources = new(Seed);
    private readonly Random random = new(Seed);
    private int waits;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => lab.InitializeAsync();

    public ValueTask DisposeAsync() => lab.DisposeAsync();

    [Fact]
    public async Task Every_decision_of_a_month_is_right_and_nothing_runs_twice_or_is_forgotten()
    {
        model.Experiments.AddRange(MonthPlan.Make(random, Days, ExperimentsPerDay));
        await lab.SetAsync(Origin);
        await AddPoliciesAsync();
        await using var driver = new MonthDriver(lab, sources, random);
        await AddJobsAsync(driver.Services);
        var month = new MonthLab(lab, model, Origin);
        var nights = Expected("retention").ToHashSet();
        for (var now = 0; now < Days * 24 * MinutesPerHour; now += MinutesPerHour)
        {
            var instant = Origin.AddMinutes(now);
            await driver.AdvanceToAsync(instant);
            await month.HappenAsync(now);
            await ChangePoliciesAsync(now);
            if (nights.Contains(instant))
                await NightAsync(driver, month, now);
            await driver.SettleAsync();
            if (random.Next(6) == 0)
                driver.Arm();
        }

        await driver.WakeAllAsync();
        await driver.AdvanceToAsync(End);
        AssertSame(month.Expect((Days * 24 * MinutesPerHour) - 1), await month.ReadAsync(), "the end");
        await AssertRunsAsync();
        await AssertDeedsAsync();
        Assert.True(driver.Deaths is { Killed: > 5, Paused: > 5 }, $"{driver.Deaths}");
        output.WriteLine($"{driver.Deaths}; {sources.Deeds.Count} fetches; {Figures()}");
    }

    private async Task NightAsync(MonthDriver driver, MonthLab month, int now)
    {
        var waiting = model.Night(now);
        await driver.SettleAsync();
        // Whoever died over it is found out when its lease passes, within minutes.
        await driver.AdvanceToAsync(Origin.AddMinutes(now + 59));
        AssertSame(month.Expect(now), await month.ReadAsync(), $"the night of {Origin.AddMinutes(now):u}");
        // Nothing but the rule decided: had it taken a protected branch, the Branch service would have refused.
        Assert.Equal($"{waiting} waiting, 0 refused", await ReadFiguresAsync(Origin.AddMinutes(now)));
        waits += waiting;
        model.Purge(now + 59);
        await lab.PurgeAsync();
    }

    private async Task<string> ReadFiguresAsync(DateTimeOffset night) =>
        (string)
            (
                await lab.AskAsync(
                    $"""
                    SELECT format('%s waiting, %s refused',
                        results ->> 'branches_waiting', results ->> 'branches_refused')
                    FROM scheduling.job_run WHERE job_name = 'retention' AND scheduled_time = '{night:O}'
                    """
                )
            )!;

    private async Task AddPoliciesAsync()
    {
        static Action<RetentionPolicy> Of(string sort, RetentionBasis basis, int purgeDays = 7) =>
            policy =>
            {
                policy.Filter = $"labels.sort = \"{sort}\"";
                policy.Basis = basis;
                policy.PurgeAfter = Duration.FromTimeSpan(TimeSpan.FromDays(purgeDays));
            };
        await lab.AddPolicyAsync(
            "keeper",
            TimeSpan.FromDays(20),
            Of("keeper", RetentionBasis.CreateTime)
                + (policy => policy.WarnBefore = Duration.FromTimeSpan(TimeSpan.FromDays(2)))
        );
        await lab.AddPolicyAsync("scratch", TimeSpan.FromDays(2), Of("scratch", RetentionBasis.HeadTime, 1));
        await lab.AddPolicyAsync("expiring", TimeSpan.FromDays(1), Of("expiring", RetentionBasis.ExpireTime, 3));
        await lab.AddPolicyAsync(
            "disposable",
            TimeSpan.FromDays(3),
            Of("disposable", RetentionBasis.CreateTime)
                + (
                    policy =>
                    {
                        policy.WarnBefore = Duration.FromTimeSpan(TimeSpan.FromHours(12));
                        policy.IncludeTagged = true;
                    }
                )
        );
    }

    /// <summary>
    /// After 8 days nothing keeps tagged branches but that no policy takes them, after 15 failed experiments are kept
    /// longer, after 20 no policy takes scratch ones.
    /// </summary>
    private async Task ChangePoliciesAsync(int now)
    {
        if (now == 8 * 24 * MinutesPerHour)
        {
            await lab.Policies.DeleteRetentionPolicyAsync(new() { Name = RetentionLab.PolicyOf("tagged") }, lab.Admin);
            model.Policies.RemoveAll(policy => policy.Policy.Name == "tagged");
        }

        if (now == 15 * 24 * MinutesPerHour)
        {
            var longer = new RetentionPolicy
            {
                Name = RetentionLab.PolicyOf("failed"),
                Keep = Duration.FromTimeSpan(TimeSpan.FromDays(3)),
            };
            await lab.Policies.UpdateRetentionPolicyAsync(new() { RetentionPolicy = longer }, lab.Admin);
            var place = model.Policies.FindIndex(policy => policy.Policy.Name == "failed");
            model.Policies[place] = model.Policies[place] with
            {
                Policy = model.Policies[place].Policy with { Keep = 3 * 24 * MinutesPerHour },
            };
        }

        if (now == 20 * 24 * MinutesPerHour)
        {
            var off = new RetentionPolicy { Name = RetentionLab.PolicyOf("scratch"), Disabled = true };
            await lab.Policies.UpdateRetentionPolicyAsync(new() { RetentionPolicy = off }, lab.Admin);
            model.Policies.RemoveAll(policy => policy.Policy.Name == "scratch");
        }
    }

    private async Task AddJobsAsync(IServiceProvider services)
    {
        foreach (var (job, schedule, _) in Timetable)
        {
            var task =
                job == "retention"
                    ? new JobTask { Retention = new() }
                    : new JobTask { SyncSource = $"projects/lab/syncSources/{job}" };
            var record = new JobRecord(lab.Project, job)
            {
                Uid = Guid.CreateVersion7(Origin),
                Timetable = new(JobDefinition.ToJson(schedule), null, [])
                {
                    ScheduleTime = Origin,
                    CursorTime = Origin,
                    NextTime = Origin,
                },
                TaskKind = JobDefinition.KindOf(task)!,
                TaskJson = JobDefinition.ToJson(task),
                PolicyJson = JobDefinition.ToJson(new JobPolicy { MaxAttempts = MaxAttempts }),
                CreateTime = Origin,
                UpdateTime = Origin,
            };
            await services.GetRequiredService<JobWriter>().EnsureAsync(record, Token);
        }
    }

    private static IEnumerable<DateTimeOffset> Expected(string job)
    {
        var isDue = Timetable.Single(one => one.Job == job).IsDue;
        var isByClock = job != "source-4";
        return isByClock
            ? BerlinClock.Minutes(Origin.AddMinutes(1), End, local => isDue(default, local))
            : BerlinClock.Minutes(Origin.AddMinutes(1), End, _ => true).Where(minute => isDue(minute, default));
    }

    /// <summary>Each time of each schedule has one run, which ended as planned.</summary>
    private async Task AssertRunsAsync()
    {
        foreach (var (job, _, _) in Timetable)
        {
            var all = await ReadRunsAsync(job);
            Assert.Equal(Expected(job).Select(due => $"{due:u} {EndOf(job, due)}"), all);
        }
    }

    private string EndOf(string job, DateTimeOffset due) =>
        job == "retention" || sources.FailuresOf((job, due)) is not null ? "succeeded" : "failed";

    private async Task<IReadOnlyList<string>> ReadRunsAsync(string job)
    {
        await using var command = lab.Database.Owner.CreateCommand(
            """
            SELECT to_char(scheduled_time AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS"Z"') || ' ' || state
            FROM scheduling.job_run WHERE job_name = $1 ORDER BY scheduled_time
            """
        );
        command.Parameters.Add(new() { Value = job });
        await using var reader = await command.ExecuteReaderAsync(Token);
        var found = new List<string>();
        while (await reader.ReadAsync(Token))
            found.Add(reader.GetString(0));
        return found;
    }

    /// <summary>Each deletion and each warning was done once, and each source was fetched once for each time.</summary>
    private async Task AssertDeedsAsync()
    {
        Assert.Equal(
            model.Experiments.Sum(one => one.Deletions),
            (int)(long)(await lab.AskAsync("SELECT count(*) FROM branching.audit_entry WHERE method = 'DeleteBranch'"))!
        );
        Assert.Equal(
            model.Experiments.Sum(one => one.Warnings),
            (int)(long)(await lab.AskAsync("SELECT count(*) FROM branching.audit_entry WHERE method = 'WarnOwner'"))!
        );
        var fetched = sources.Deeds.Select(deed => (deed.Job, deed.Due)).Order().ToList();
        var expected = Timetable
            .Where(one => one.Job != "retention")
            .SelectMany(one => Expected(one.Job).Select(due => (one.Job, Due: due)))
            .Where(due => sources.FailuresOf(due) is not null)
            .Order();
        Assert.Equal(expected, fetched);
    }

    private static void AssertSame(
        IReadOnlyDictionary<string, string> expected,
        IReadOnlyDictionary<string, string> found,
        string when
    )
    {
        var wrong = expected
            .Keys.Union(found.Keys)
            .Where(id => expected.GetValueOrDefault(id) != found.GetValueOrDefault(id))
            .Order(StringComparer.Ordinal)
            .Select(id => $"{id}: is {found.GetValueOrDefault(id)}, should be {expected.GetValueOrDefault(id)}")
            .ToList();
        Assert.True(wrong.Count == 0, $"After {when}, {wrong.Count} wrong: {string.Join("; ", wrong.Take(5))}");
    }

    private string Figures() =>
        $"{model.Experiments.Count} experiments, {model.Experiments.Sum(one => one.Deletions)} deletions, "
        + $"{model.Experiments.Sum(one => one.Warnings)} warnings, {model.Experiments.Count(one => one.IsGone)} gone, "
        + $"{model.Experiments.Count(one => one.Branch.Restored is not null)} restored, {waits} waits";

    private static Schedule Cron(string expression) =>
        new()
        {
            Cron = new CronTrigger { Expression = expression, TimeZone = "Europe/Berlin" },
        };
}
