using System.Text.Json;
using Dendrite.Contracts.Names;
using Dendrite.SchedulerService.Engine;
using Dendrite.SchedulerService.Jobs;
using Dendrite.Storage;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Scheduling;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RunState = Dendrite.Storage.Scheduling.RunState;

namespace Dendrite.SchedulerService.Tests.Retention;

/// <summary>Runs the project's retention job by the real engine, which a test steps by hand.</summary>
internal static class RetentionRuns
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Leaves out what wakes the engine by real time.</summary>
    public static void RemoveTimers(IServiceCollection services)
    {
        var timers = services.Where(service =>
            service.ServiceType == typeof(IHostedService)
            && (service.ImplementationType ?? service.ImplementationFactory?.Method.DeclaringType)
                ?.Assembly.GetName()
                .Name
                is { } name
            && (
                name.Contains("Quartz", StringComparison.Ordinal)
                || name.Contains("Scheduler", StringComparison.Ordinal)
            )
        );
        foreach (var timer in timers.ToList())
            services.Remove(timer);
    }

    public static async Task EnsureJobsAsync(IServiceProvider services, ProjectId project)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        foreach (var job in services.GetRequiredService<PlatformJobs>().Of(project, now))
            await services.GetRequiredService<JobWriter>().EnsureAsync(job, Token);
    }

    public static async Task<RetentionRunEnd> RunAsync(
        IServiceProvider services,
        ProjectId project,
        RetentionRunAsked asked
    )
    {
        await EnsureJobsAsync(services, project);
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (asked.Policies.Count > 0)
            await NarrowAsync(services, project, asked.Policies);
        var job = await services.GetRequiredService<JobStore>().GetAsync(project, asked.Job, Token);
        var planned = new PlannedRun(job.Name, services.GetRequiredService<RunIds>().Next(now), RunCause.Caller)
        {
            ConcurrencyKey = job.Name,
            DryRun = asked.IsDryRun,
        };
        await services
            .GetRequiredService<RunQueue>()
            .AddAsync(job, [planned], [], (new Mutation("tests", "RunJob", "test"), now), Token);
        var engine = services.GetRequiredService<JobEngine>();
        while (await engine.StepAsync(Token))
            await engine.WhenIdleAsync();
        var run = await services.GetRequiredService<RunStore>().GetAsync(project, job.Name, planned.Id, Token);
        return run.State is RunState.Succeeded
            ? new(run.Results, ReadReport(run.Report!))
            : throw new InvalidOperationException($"{run.State}: {run.Message}");
    }

    /// <summary>A job that carries out some policies only.</summary>
    private static Task NarrowAsync(IServiceProvider services, ProjectId project, IReadOnlyList<string> policies)
    {
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        var task = new JobTask { Retention = new() };
        task.Retention.Policies.Add(policies.Select(RetentionLab.PolicyOf));
        return services
            .GetRequiredService<JobWriter>()
            .EnsureAsync(
                new(project, "narrow")
                {
                    Uid = Guid.CreateVersion7(now),
                    Timetable = JobTimetable.None with { ScheduleTime = now, CursorTime = now },
                    TaskKind = JobDefinition.KindOf(task)!,
                    TaskJson = JobDefinition.ToJson(task),
                    CreateTime = now,
                    UpdateTime = now,
                },
                Token
            );
    }

    private static IReadOnlyDictionary<string, RetentionRunLine> ReadReport(string report) =>
        JsonDocument
            .Parse(report)
            .RootElement.GetProperty("branches")
            .EnumerateArray()
            .ToDictionary(
                line => BranchName.Parse(line.GetProperty("name").GetString()).Branch,
                line => new RetentionRunLine(
                    line.GetProperty("action").GetString()!,
                    line.GetProperty("policy").GetString()!,
                    line.GetProperty("reason").GetString()!
                )
            );
}

/// <summary>A run that a test asks for.</summary>
internal sealed record RetentionRunAsked(bool IsDryRun = false)
{
    /// <summary>Ids of the policies that it carries out; empty: all.</summary>
    public IReadOnlyList<string> Policies { get; init; } = [];

    public string Job => Policies.Count > 0 ? "narrow" : "retention";
}

/// <summary>What a run did.</summary>
/// <param name="Lines">By branch.</param>
internal sealed record RetentionRunEnd(
    IReadOnlyDictionary<string, long> Results,
    IReadOnlyDictionary<string, RetentionRunLine> Lines
);

/// <summary>What a run said of a branch.</summary>
internal sealed record RetentionRunLine(string Action, string Policy, string Reason);
