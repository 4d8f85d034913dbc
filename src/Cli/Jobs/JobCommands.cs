using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Jobs;

/// <summary><c>dendrite job</c>: what runs by itself, and its runs.</summary>
internal static class JobCommands
{
    private const int PageSize = 1_000;

    public static Command Build(CliApplication application)
    {
        var jobs = new ResourceCommands(application, IdArgument, (platform, id) => platform.JobName(id));
        return new("job", "Have work done by itself, look at it, run it now.")
        {
            List(application),
            Show(jobs),
            JobEditCommands.Create(application),
            JobEditCommands.Update(application),
            RunCommands.Run(application),
            Pause(application),
            Resume(application),
            RunCommands.Backfill(application),
            RunCommands.List(application),
            RunCommands.Log(application),
            RunCommands.Cancel(application),
            RunCommands.Retry(application),
            Delete(application),
            Health(application),
        };
    }

    public static Argument<string> IdArgument() => new("JOB") { Description = "Id of the job." };

    private static Command List(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "Over state, job_id, task, next_run_time and labels.KEY, such as 'state = PAUSED'.",
            HelpName = "FILTER",
        };
        var order = new Option<string?>("--order")
        {
            Description = "name, or next_run_time; with ' desc' the other way round.",
            HelpName = "FIELD",
        };
        var command = new Command("list", "List the project's jobs.") { filter, order };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListJobsRequest
                {
                    Parent = session.Platform.ProjectName,
                    PageSize = PageSize,
                    Filter = session.Arguments.GetValue(filter) ?? "",
                    OrderBy = session.Arguments.GetValue(order) ?? "",
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Jobs.ListJobsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                JobView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(ResourceCommands jobs) =>
        jobs.Show(
            "Show a job: when it runs, what it does, how it went.",
            (platform, name, token) => platform.Jobs.GetJobAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => JobView.Write(output, found.Job)
        );

    private static Command Pause(CliApplication application)
    {
        var id = IdArgument();
        var reason = new Option<string?>("--reason") { Description = "Why, for people.", HelpName = "TEXT" };
        var command = new Command("pause", "Let a job start no more runs until it is resumed.") { id, reason };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new PauseJobRequest
                {
                    Name = session.Platform.JobName(session.Arguments.GetRequiredValue(id)),
                    Reason = session.Arguments.GetValue(reason) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var paused = await session.Platform.Jobs.PauseJobAsync(request, cancellationToken: cancellationToken);
                JobView.Write(session.Output, paused.Job);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Resume(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("resume", "Let a paused job start runs again, from now on.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ResumeJobRequest
                {
                    Name = session.Platform.JobName(session.Arguments.GetRequiredValue(id)),
                    RequestId = session.NewRequestId(),
                };
                var resumed = await session.Platform.Jobs.ResumeJobAsync(request, cancellationToken: cancellationToken);
                JobView.Write(session.Output, resumed.Job);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var etag = new Option<string?>("--etag") { Description = "Only if it is unchanged since.", HelpName = "ETAG" };
        var command = new Command("delete", "Delete a job and the record of its runs.") { id, missingOk, etag };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new DeleteJobRequest
                {
                    Name = session.Platform.JobName(session.Arguments.GetRequiredValue(id)),
                    Etag = session.Arguments.GetValue(etag) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var jobs = session.Platform.Jobs;
                var (deleted, wasThere) = await Deletion.DoAsync(
                    session.Arguments.GetValue(missingOk),
                    allows =>
                        jobs.DeleteJobAsync(
                            new(request) { AllowMissing = allows },
                            cancellationToken: cancellationToken
                        )
                );
                session.Output.WriteResult(deleted, Deletion.Say(request.Name, wasThere));
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>Also <c>dendrite alert health</c>: who looks for what is wrong finds it there.</summary>
    public static Command Health(CliApplication application)
    {
        var window = new Option<TimeSpan?>("--window")
        {
            Description = "How far back; 24 hours without it.",
            HelpName = "TIME",
            CustomParser = Branches.DurationArgument.Parse,
        };
        var command = new Command("health", "Say how the project's jobs do; exit code 1 where most fail.") { window };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new GetSchedulerHealthRequest { Project = session.Platform.ProjectName };
                if (session.Arguments.GetValue(window) is { } back)
                    request.Window = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(back);
                var health = await session.Platform.Jobs.GetSchedulerHealthAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                JobView.Write(session.Output, health);
                return health.State is HealthState.Failing ? ExitCode.Failure : ExitCode.Success;
            }
        );
        return command;
    }
}
