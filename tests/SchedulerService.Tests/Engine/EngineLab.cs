using Dendrite.Fixtures.Postgres;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Jobs;
using Dendrite.SchedulerService.Runs;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.Logging.Abstractions;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Engine;

/// <summary>Engines over one database, by a clock and with a task that the test has in its hand.</summary>
internal sealed class EngineLab : IJobTask, IAsyncDisposable
{
    private readonly TestDatabase database = new();
    private readonly List<JobEngine> engines = [];
    private readonly List<ActiveRuns> actives = [];
    private PlatformDatabase? platform;

    public SettableTime Time { get; } = new(new(2026, 11, 21, 9, 0, 0, TimeSpan.Zero));

    public SchedulerOptions Options { get; } = new();

    public ProjectId Project { get; private set; }

    /// <summary>What a run does; at first it succeeds.</summary>
    public Func<RunContext, CancellationToken, Task<RunOutcome>> Do { get; set; } = (_, _) => Task.FromResult(Done);

    public static RunOutcome Done { get; } = new(RunState.Succeeded, "done", new Dictionary<string, long>());

    public JobTask.TaskOneofCase Kind => JobTask.TaskOneofCase.Maintenance;

    public JobStore Jobs { get; private set; } = null!;

    public JobWriter Writer { get; private set; } = null!;

    public RunStore Runs { get; private set; } = null!;

    public RunQueue Queue { get; private set; } = null!;

    public CalendarStore Calendars { get; private set; } = null!;

    public RunJournalStore Journals { get; private set; } = null!;

    /// <summary>As the service connects to it.</summary>
    public PlatformDatabase Platform => platform!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<EngineLab> StartAsync(int engines = 1)
    {
        var lab = new EngineLab();
        await lab.MoveToNewProjectAsync("lab");
        lab.platform = new PlatformDatabase(lab.database.Scheduler);
        lab.Jobs = new(lab.platform);
        lab.Writer = new(lab.platform);
        lab.Runs = new(lab.platform);
        lab.Queue = new(lab.platform, lab.Runs);
        lab.Calendars = new(lab.platform);
        lab.Journals = new(lab.platform);
        for (var i = 0; i < engines; i++)
            lab.AddEngine();
        return lab;
    }

    /// <summary>What is added and asked for from now on is of another project.</summary>
    public async Task MoveToNewProjectAsync(string name)
    {
        var projects = new ProjectStore(new PlatformDatabase(database.Owner));
        var uids = (Guid.CreateVersion7(Time.GetUtcNow()), Guid.CreateVersion7(Time.GetUtcNow()));
        Project = await projects.CreateAsync(new NewProject(name, uids.Item1, uids.Item2), "tests", Token);
    }

    public IReadOnlyList<JobEngine> Engines => engines;

    /// <summary>The runs that each engine works on.</summary>
    public IReadOnlyList<ActiveRuns> Actives => actives;

    /// <summary>As another replica would have it: nothing is shared but the database.</summary>
    public JobEngine AddEngine()
    {
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        var leases = new RunLeaseStore(platform!);
        actives.Add(new ActiveRuns(leases));
        var services = new RunServices(leases, Runs, Journals, actives[^1], new RunRetries(new Random(1)));
        var worker = new RunWorker(services, [this], options, Time, NullLogger<RunWorker>.Instance);
        var stores = new EngineStores(Jobs, new DueStore(platform!), leases, Calendars);
        var advancer = new JobAdvancer(new RunIds(), options, NullLogger<JobAdvancer>.Instance);
        engines.Add(new(stores, advancer, worker, options, Time, NullLogger<JobEngine>.Instance));
        return engines[^1];
    }

    public async Task AddAsync(string name, Schedule? schedule, JobPolicy? policy = null, string? calendar = null)
    {
        var now = Time.GetUtcNow();
        var after = schedule?.AfterJobs?.Jobs.Select(job => job.Split('/')[^1]).ToArray() ?? [];
        await Writer.EnsureAsync(
            new JobRecord(Project, name)
            {
                Uid = Guid.CreateVersion7(now),
                TaskKind = "maintenance",
                TaskJson = """{"maintenance": {}}""",
                PolicyJson = JobDefinition.ToJson(policy ?? new()),
                Timetable = new(schedule is null ? null : JobDefinition.ToJson(schedule), calendar, after)
                {
                    ScheduleTime = now,
                    CursorTime = now,
                    NextTime = schedule is null ? null : now,
                },
                CreateTime = now,
                UpdateTime = now,
            },
            Token
        );
    }

    /// <summary>
    /// Every engine does what is due, until none has anything left to do and all its runs have ended.
    /// </summary>
    public async Task SettleAsync()
    {
        for (var isBusy = true; isBusy; )
        {
            isBusy = false;
            foreach (var engine in engines)
            {
                isBusy |= await engine.StepAsync(Token);
                await engine.WhenIdleAsync();
            }
        }
    }

    /// <summary>Lets time pass in steps, with all that becomes due.</summary>
    public async Task PassAsync(TimeSpan whole, TimeSpan step)
    {
        for (var end = Time.GetUtcNow() + whole; Time.GetUtcNow() < end; )
        {
            Time.Advance(step);
            await SettleAsync();
        }
    }

    public async Task<Guid> RunNowAsync(string name, bool dryRun = false)
    {
        var job = await Jobs.GetAsync(Project, name, Token);
        var run = new PlannedRun(name, Guid.CreateVersion7(Time.GetUtcNow()), RunCause.Caller)
        {
            ConcurrencyKey = JobDefinition.PolicyOf(job).KeyFor(name),
            DryRun = dryRun,
        };
        var mutation = new Mutation("tests", "RunJob", $"projects/lab/jobs/{name}");
        await Queue.AddAsync(job, [run], run.Id.ToByteArray(), (mutation, Time.GetUtcNow()), Token);
        return run.Id;
    }

    /// <summary>The oldest first.</summary>
    public async Task<IReadOnlyList<RunRecord>> RunsAsync(string? job) =>
        [.. (await Runs.ListAsync(Project, new RunQuery(job, 10_000), Token)).Reverse()];

    public async Task<JobRecord> JobAsync(string name) => await Jobs.GetAsync(Project, name, Token);

    /// <summary>Asks the database, as its owner.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync(Token));
    }

    /// <summary>Does something in the database, as its owner.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = database.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Token);
    }

    public Task<RunOutcome> RunAsync(RunContext run, CancellationToken cancellationToken) => Do(run, cancellationToken);

    public async ValueTask DisposeAsync() => await database.DisposeAsync();
}

/// <summary>A clock that stands still until it is moved; its timers are those of the system.</summary>
internal sealed class SettableTime(DateTimeOffset start) : TimeProvider
{
    private long ticks = start.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref ticks);

    public void Advance(TimeSpan by) => Interlocked.Add(ref ticks, by.Ticks);

    public void Set(DateTimeOffset now) => Interlocked.Exchange(ref ticks, now.UtcTicks);
}
