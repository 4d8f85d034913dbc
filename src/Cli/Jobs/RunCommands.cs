using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Jobs;

/// <summary><c>dendrite job run | backfill | runs | log | cancel | retry</c>.</summary>
internal static class RunCommands
{
    private const int DefaultLimit = 20;
    private const int MaxPage = 1_000;

    public static Command Run(CliApplication application)
    {
        var id = JobCommands.IdArgument();
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what it would do, and do nothing." };
        var follow = FollowOption("Wait for its end and show its log; exit code 1 where it does not succeed.");
        var command = new Command("run", "Run a job now, besides its schedule.") { id, dryRun, follow };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var begun = await session.Platform.Jobs.RunJobAsync(
                    new()
                    {
                        Name = session.Platform.JobName(session.Arguments.GetRequiredValue(id)),
                        DryRun = session.Arguments.GetValue(dryRun),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                return await ShowAsync(session, begun.Run, session.Arguments.GetValue(follow), cancellationToken);
            }
        );
        return command;
    }

    public static Command Backfill(CliApplication application)
    {
        var id = JobCommands.IdArgument();
        var from = Instant("--from", "First instant of the past range.");
        var until = Instant("--until", "The instant after its last.");
        var atOnce = new Option<int>("--concurrency")
        {
            Description = "How many runs at once; 1 without it, at most 16.",
            HelpName = "N",
        }.FromOne();
        var command = new Command("backfill", "Run a job once for each time its schedule names in a past range.")
        {
            id,
            from,
            until,
            atOnce,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var range = new TimeRange
                {
                    StartTime = Timestamp.FromDateTimeOffset(session.Arguments.GetRequiredValue(from)!.Value),
                    EndTime = Timestamp.FromDateTimeOffset(session.Arguments.GetRequiredValue(until)!.Value),
                };
                var begun = await session.Platform.Jobs.BackfillJobAsync(
                    new()
                    {
                        Name = session.Platform.JobName(session.Arguments.GetRequiredValue(id)),
                        Range = range,
                        MaxConcurrentRuns = session.Arguments.GetValue(atOnce),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                RunView.Write(session.Output, begun);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command List(CliApplication application)
    {
        var id = new Argument<string?>("JOB")
        {
            Description = "Id of the job; of all jobs without it.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var filter = new Option<string?>("--filter")
        {
            Description = "Over state, trigger, scheduled_time, start_time and end_time, such as 'state = FAILED'.",
            HelpName = "FILTER",
        };
        var limit = new Option<int>("--limit")
        {
            Description = $"At most this many; {DefaultLimit} without it.",
            DefaultValueFactory = _ => DefaultLimit,
            HelpName = "N",
        };
        var command = new Command("runs", "List runs, newest first.") { id, filter, limit };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var left = session.Arguments.GetValue(limit);
                if (left < 1)
                    throw new CliException(ExitCode.Usage, "USAGE", $"--limit {left} is less than 1.");
                var request = new ListRunsRequest
                {
                    Parent = session.Platform.JobName(session.Arguments.GetValue(id) ?? "-"),
                    Filter = session.Arguments.GetValue(filter) ?? "",
                };
                var all = new ListRunsResponse();
                do
                {
                    request.PageSize = Math.Min(left, MaxPage);
                    var page = await session.Platform.Jobs.ListRunsAsync(request, cancellationToken: cancellationToken);
                    all.Runs.Add(page.Runs);
                    left -= page.Runs.Count;
                    request.PageToken = all.NextPageToken = page.NextPageToken;
                } while (left > 0 && request.PageToken.Length > 0);
                RunView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Log(CliApplication application)
    {
        var run = RunArgument();
        var follow = FollowOption("Go on until the run ends; exit code 1 where it does not succeed.");
        var command = new Command("log", "Show what a run said.") { run, follow };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.RunName(session.Arguments.GetRequiredValue(run));
                var log = new RunLog(session, name, line => RunView.Write(session.Output, line));
                try
                {
                    // Also of one that is to be followed: a platform that is not there is said at once.
                    await log.ReadAsync(cancellationToken);
                }
                // Nothing was begun that could go on: there is nothing to report.
                catch (Exception) when (cancellationToken.IsCancellationRequested)
                {
                    return ExitCode.Cancelled;
                }

                return session.Arguments.GetValue(follow)
                    ? CodeOf(await log.FollowAsync(cancellationToken))
                    : ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Cancel(CliApplication application)
    {
        var run = RunArgument();
        var reason = new Option<string?>("--reason") { Description = "Why, for people.", HelpName = "TEXT" };
        var command = new Command("cancel", "Ask a run to stop; it does at its next safe point.") { run, reason };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var answer = await session.Platform.Jobs.CancelRunAsync(
                    new()
                    {
                        Name = session.Platform.RunName(session.Arguments.GetRequiredValue(run)),
                        Reason = session.Arguments.GetValue(reason) ?? "",
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                RunView.Write(session.Output, answer.Run);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Retry(CliApplication application)
    {
        var run = RunArgument();
        var follow = FollowOption("Wait for its end and show its log; exit code 1 where it does not succeed.");
        var command = new Command("retry", "Try a failed run again, as its next attempt.") { run, follow };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var answer = await session.Platform.Jobs.RetryRunAsync(
                    new()
                    {
                        Name = session.Platform.RunName(session.Arguments.GetRequiredValue(run)),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                return await ShowAsync(session, answer.Run, session.Arguments.GetValue(follow), cancellationToken);
            }
        );
        return command;
    }

    private static async Task<ExitCode> ShowAsync(
        Session session,
        Run run,
        bool follows,
        CancellationToken cancellationToken
    )
    {
        if (follows)
            run = await RunFollow.UntilEndAsync(session, run, cancellationToken);
        RunView.Write(session.Output, run);
        return follows ? CodeOf(run) : ExitCode.Success;
    }

    /// <summary>Of a run that was followed to its end.</summary>
    private static ExitCode CodeOf(Run ended) =>
        ended.State is RunState.Succeeded or RunState.Skipped ? ExitCode.Success : ExitCode.Failure;

    private static Argument<string> RunArgument() =>
        new("RUN") { Description = "The run, as JOB/RUN or by its full name." };

    private static Option<bool> FollowOption(string description) => new("--follow") { Description = description };

    private static Option<DateTimeOffset?> Instant(string name, string description) =>
        new(name)
        {
            Description = $"{description} UTC unless it says.",
            HelpName = "INSTANT",
            CustomParser = InstantArgument.Parse,
            Required = true,
        };
}
