using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Jobs;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Sources;

/// <summary>
/// <c>dendrite source sync SOURCE</c>: runs the job that pulls it, now. A source without a job gets one that has no
/// schedule, so that its runs are remembered like those of any other.
/// </summary>
internal static class SourceSyncCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application)
    {
        var id = SourceCommands.IdArgument();
        var noWait = new Option<bool>("--no-wait") { Description = "Begin it and do not wait for its end." };
        var command = new Command("sync", "Pull what changed since the last time, now, and show how far it is.")
        {
            id,
            noWait,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var source = SourceCommands.NameOf(session, id);
                var job = await FindOrMakeJobAsync(session, source, cancellationToken);
                var begun = await session.Platform.Jobs.RunJobAsync(
                    new() { Name = job, RequestId = session.NewRequestId() },
                    cancellationToken: cancellationToken
                );
                var run = session.Arguments.GetValue(noWait)
                    ? begun.Run
                    : await RunFollow.UntilEndAsync(session, begun.Run, cancellationToken);
                SourceView.Write(session.Output, run);
                var isIncomplete = run.Results.GetValueOrDefault("dead_letters") > 0;
                return isIncomplete || run.State is RunState.Failed or RunState.Cancelled
                    ? ExitCode.Failure
                    : ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<string> FindOrMakeJobAsync(
        Session session,
        string source,
        CancellationToken cancellationToken
    )
    {
        var jobs = await Pages.ReadAllAsync(
            new ListJobsRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
            (asked, token) => session.Platform.Jobs.ListJobsAsync(asked, cancellationToken: token),
            cancellationToken
        );
        if (jobs.Jobs.FirstOrDefault(job => job.Task?.SyncSource == source) is { } known)
        {
            return known.Name;
        }

        var id = source[(source.LastIndexOf('/') + 1)..];
        const int MaxId = 63;
        var request = new CreateJobRequest
        {
            Parent = session.Platform.ProjectName,
            JobId = $"sync-{id}"[..Math.Min(MaxId, id.Length + 5)].TrimEnd('-'),
            Job = new()
            {
                DisplayName = $"Pulls {id}",
                Task = new() { SyncSource = source },
            },
            RequestId = session.NewRequestId(),
        };
        var made = await session.Platform.Jobs.CreateJobAsync(request, cancellationToken: cancellationToken);
        session.Output.Note($"Made the job {made.Job.Name}; give it a schedule to have it pulled by itself.");
        return made.Job.Name;
    }
}
