using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;

namespace Dendrite.SchedulerService.Tests.Refusals;

/// <summary>A scheduler with a job, a calendar and a run, on which nothing happens by itself.</summary>
public sealed class RefusalLab : IAsyncLifetime
{
    public const string Job = "projects/lab/jobs/job";
    public const string Calendar = "projects/lab/calendars/days";

    /// <summary>What would do harm if a name were pasted into SQL.</summary>
    public const string Hostile = "projects/lab/jobs/x'; DROP TABLE scheduling.job; --";

    // At new year, which no test run sees.
    private static readonly Dictionary<string, string?> Quiet = new()
    {
        ["Scheduler:RetentionCron"] = "0 0 1 1 *",
        ["Scheduler:Maintenance:Cron"] = "0 0 1 1 *",
    };

    private SchedulerFixture? fixture;
    private GrpcChannel? channel;

    public WebApplication App { get; private set; } = null!;

    public V1.SchedulerService.SchedulerServiceClient Jobs { get; private set; } = null!;

    public CalendarService.CalendarServiceClient Calendars { get; private set; } = null!;

    /// <summary>A run that succeeded.</summary>
    public string Run { get; private set; } = "";

    public Grpc.Core.Metadata Headers => fixture!.Headers;

    public async ValueTask InitializeAsync()
    {
        fixture = await SchedulerFixture.StartAsync();
        Jobs = await fixture.ReadyClientAsync(Quiet);
        var replica = fixture.Replicas[0];
        App = replica.App;
        channel = GrpcChannel.ForAddress(replica.Grpc);
        Calendars = new(channel);
        await Calendars.CreateCalendarAsync(
            new()
            {
                Parent = "projects/lab",
                CalendarId = "days",
                Calendar = new(),
            },
            Headers
        );
        await Jobs.CreateJobAsync(NewJob("job"), Headers);
        Run = (await fixture.RunToEndAsync(Jobs, dryRun: true, Job)).Name;
    }

    public static CreateJobRequest NewJob(string id) =>
        new()
        {
            Parent = "projects/lab",
            JobId = id,
            Job = new()
            {
                Schedule = new()
                {
                    Cron = new() { Expression = "0 0 1 1 *" },
                    Calendar = Calendar,
                },
                Task = new() { Maintenance = new() },
                Policy = new(),
            },
        };

    public Task<Refusal> RefusalOfAsync(Func<Task> call) => Refusal.OfAsync(call, CountAsync);

    public async ValueTask DisposeAsync()
    {
        channel?.Dispose();
        await fixture!.DisposeAsync();
    }

    private async Task<string> CountAsync()
    {
        await using var command = fixture!.Database.Owner.CreateCommand(
            """
            SELECT concat_ws(' ', (SELECT concat(count(*), '/', sum(revision)) FROM scheduling.job),
                (SELECT concat(count(*), '/', sum(revision)) FROM scheduling.calendar),
                (SELECT concat(count(*), '/', sum(attempt), '/', count(cancel_time)) FROM scheduling.job_run),
                (SELECT count(*) FROM branching.request), (SELECT count(*) FROM branching.audit_entry))
            """
        );
        return (string)(await command.ExecuteScalarAsync(SchedulerFixture.Token))!;
    }
}
