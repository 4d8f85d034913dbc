using System.Collections.Concurrent;
using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Calendars;
using Dendrite.SchedulerService.Runs;
using Dendrite.SchedulerService.Times;
using Dendrite.Storage;
using Dendrite.Storage.Scheduling;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Engine;

/// <summary>
/// Moves everything on that is due: plans the runs of jobs whose time has come, and works on runs that may begin. It
/// does what is due at the moment that its clock shows and has no timers of its own, so any number of them over one
/// database can be driven by a test's clock; <see cref="EngineService"/> wakes it in a running replica.
/// </summary>
internal sealed partial class JobEngine(
    EngineStores stores,
    JobAdvancer advancer,
    RunWorker worker,
    IOptions<SchedulerOptions> options,
    TimeProvider time,
    ILogger<JobEngine> logger
)
{
    /// <summary>Jobs that are advanced in one transaction: some milliseconds, and few round trips for many.</summary>
    private const int JobsPerStep = 500;

    /// <summary>Shared by all runs of this process: a replica is named by where it runs.</summary>
    private static readonly string Worker = $"{Environment.MachineName}/{Environment.ProcessId}";

    private readonly SemaphoreSlim stepping = new(1, 1);

    /// <summary>Until when projects are left alone whose jobs could not be planned, or not be begun, here.</summary>
    private readonly Dictionary<(ProjectId Project, Looking What), DateTimeOffset> leftAlone = [];

    /// <summary>
    /// Each work that goes on here, by its run and the token that it took it with: a replica that took so long that its
    /// lease passed takes its own run over, and both works are waited for.
    /// </summary>
    private readonly ConcurrentDictionary<(Guid Run, long Token), Task> working = new();

    /// <summary>Told when a run has ended here and its place is free.</summary>
    public event Action? Freed;

    /// <summary>How many runs more may begin here.</summary>
    public int FreePlaces => Math.Max(0, options.Value.MaxConcurrentRuns + worker.Resting - working.Count);

    /// <summary>
    /// Plans what is due and begins what may begin. Its round trips grow with the projects that have something due and
    /// never with the number of jobs.
    /// </summary>
    /// <param name="stopping">When it is cancelled, runs that were begun are given back.</param>
    /// <returns>Whether it did something, so that there may be more at once.</returns>
    public async Task<bool> StepAsync(CancellationToken stopping)
    {
        await stepping.WaitAsync(stopping);
        var (planned, begun) = (0, 0);
        try
        {
            try
            {
                planned = await AdvanceAsync(stopping);
            }
            finally
            {
                // What is planned already is run, whatever the planning met.
                begun = await TakeAsync(stopping);
            }

            return planned > 0 || begun > 0;
        }
        finally
        {
            stepping.Release();
        }
    }

    /// <summary>Ends when every run that was begun here has ended.</summary>
    public async Task WhenIdleAsync()
    {
        while (!working.IsEmpty)
            await Task.WhenAll(working.Values);
    }

    private async Task<int> AdvanceAsync(CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        var due = await stores.Jobs.ListDueAsync(now, JobsPerStep, LeftAlone(Looking.ToPlan, now), stopping);
        var advanced = 0;
        foreach (var project in due.GroupBy(job => job.Project))
        {
            var names = project.Select(job => job.Job).ToList();
            advanced += await TryAsync(
                (project.Key, Looking.ToPlan),
                () => AdvanceAsync(project.Key, names, stopping),
                stopping
            );
        }

        return advanced;
    }

    private async Task<int> AdvanceAsync(EngineProject project, IReadOnlyList<string> names, CancellationToken stopping)
    {
        var now = time.GetUtcNow();
        await using var due = await stores.Due.HoldAsync(project.Id, names, now, stopping);
        if (due.Jobs.Count == 0)
            return 0;
        var calendars = await CalendarsAsync(project.Id, due.Jobs, stopping);
        var advances = due.Jobs.Select(job => advancer.Decide(job, due, calendars, now)).ToList();
        // Begun in the transaction that plans them: one flush of the log for both.
        var begin = advances
            .SelectMany(advance => advance.Runs)
            .Where(run => run.SkipReason is null)
            .Take(FreePlaces)
            .Select(run => new RunKey(run.Job, run.Id))
            .ToList();
        Begin(project, await due.CommitAsync(advances, begin, Terms(now), stopping), stopping);
        return due.Jobs.Count;
    }

    private async Task<int> TakeAsync(CancellationToken stopping)
    {
        var places = FreePlaces;
        if (places == 0)
            return 0;
        var now = time.GetUtcNow();
        var begun = 0;
        var ready = await stores.Leases.ListReadyAsync(now, places, LeftAlone(Looking.ToBegin, now), stopping);
        foreach (var project in ready.GroupBy(run => run.Project))
        {
            var wanted = project.Select(run => run.Run).ToList();
            begun += await TryAsync(
                (project.Key, Looking.ToBegin),
                () => TakeAsync(project.Key, wanted, Terms(now), stopping),
                stopping
            );
        }

        return begun;
    }

    private async Task<int> TakeAsync(
        EngineProject project,
        IReadOnlyList<RunKey> wanted,
        LeaseTerms terms,
        CancellationToken stopping
    )
    {
        var taken = await stores.Leases.TakeAsync(project.Id, wanted, terms, stopping);
        Begin(project, taken, stopping);
        return taken.Count;
    }

    /// <summary>
    /// One project whose jobs cannot be looked after must not hold up the others: it is left alone for a while, and
    /// then tried again.
    /// </summary>
    private async Task<int> TryAsync(
        (EngineProject Project, Looking What) about,
        Func<Task<int>> look,
        CancellationToken stopping
    )
    {
        var key = (about.Project.Id, about.What);
        try
        {
            leftAlone.Remove(key);
            return await look();
        }
        catch (Exception error) when (!stopping.IsCancellationRequested)
        {
            LogProjectFailed(logger, error, about.Project.Name);
            leftAlone[key] = time.GetUtcNow() + options.Value.PollInterval;
            return 0;
        }
    }

    /// <summary>
    /// What they have due is the oldest there is: it would fill every answer, and nobody else's came.
    /// </summary>
    private List<ProjectId> LeftAlone(Looking what, DateTimeOffset now) =>
        // What lies further ahead is of a clock that was put right since.
        [
            .. leftAlone
                .Where(one => one.Key.What == what && one.Value > now && one.Value <= now + options.Value.PollInterval)
                .Select(one => one.Key.Project),
        ];

    private LeaseTerms Terms(DateTimeOffset now) => new(Worker, now, options.Value.Lease);

    private async Task<IReadOnlyDictionary<string, Lazy<DayCalendar>>> CalendarsAsync(
        ProjectId project,
        IReadOnlyList<JobRecord> jobs,
        CancellationToken cancellationToken
    )
    {
        var names = jobs.Select(job => job.Timetable.Calendar).OfType<string>().Distinct().ToList();
        if (names.Count == 0)
            return new Dictionary<string, Lazy<DayCalendar>>();
        var found = await stores.Calendars.ListAsync(project, names, cancellationToken);
        // Read where the first job asks: one that this replica cannot read holds up no other's jobs.
        return found.ToDictionary(
            calendar => calendar.Name,
            calendar => new Lazy<DayCalendar>(() => CalendarMapper.ToDays(calendar))
        );
    }

    private void Begin(EngineProject project, IReadOnlyList<TakenRun> taken, CancellationToken stopping)
    {
        foreach (var run in taken)
        {
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            working[KeyOf(run)] = begun.Task;
            _ = Task.Run(
                () => WorkAsync(new JobName(project.Name, run.Run.Job), run, begun, stopping),
                CancellationToken.None
            );
        }
    }

    private async Task WorkAsync(JobName name, TakenRun run, TaskCompletionSource begun, CancellationToken stopping)
    {
        try
        {
            await worker.WorkAsync(name, run, stopping);
        }
        catch (Exception error)
        {
            // Its row says where it stands; when its lease passes it is taken over.
            LogFailed(logger, error, name.ToString());
        }
        finally
        {
            working.TryRemove(KeyOf(run), out _);
            begun.SetResult();
            Freed?.Invoke();
        }
    }

    private static (Guid, long) KeyOf(TakenRun run) => (run.Run.Id, run.Run.FencingToken);

    [LoggerMessage(5042, LogLevel.Error, "{Job} could not be run")]
    private static partial void LogFailed(ILogger logger, Exception error, string job);

    private enum Looking
    {
        ToPlan,
        ToBegin,
    }

    [LoggerMessage(5044, LogLevel.Error, "The jobs of {Project} could not be looked after; they are tried again")]
    private static partial void LogProjectFailed(ILogger logger, Exception error, string project);
}

/// <summary>What the engine reads and writes.</summary>
internal sealed record EngineStores(JobStore Jobs, DueStore Due, RunLeaseStore Leases, CalendarStore Calendars);
