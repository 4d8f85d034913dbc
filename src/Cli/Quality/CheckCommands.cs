using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Operations;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Quality;

/// <summary><c>dendrite check create | list | run | results | delete</c>.</summary>
internal static class CheckCommands
{
    public static Command Build(CliApplication application)
    {
        var checks = new ResourceCommands(
            application,
            () => new("CHECK") { Description = "Id of the check." },
            (platform, id) => platform.QualityCheckName(id)
        );
        return new("check", "Say what recordings and records should meet, and check it on any state.")
        {
            CheckCreateCommand.Build(checks),
            List(checks),
            Run(application),
            Results(application),
            Delete(checks),
        };
    }

    private static Command List(ResourceCommands checks) =>
        checks.List(
            "List the checks of the project.",
            (project, size) => new ListQualityChecksRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Quality.ListQualityChecksAsync(asked, cancellationToken: token),
            CheckView.Write
        );

    private static Command Run(CliApplication application)
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "What to check: a branch, a branch at a point, or a tag.",
            DefaultValueFactory = _ => "main",
            HelpName = "BRANCH[@VERSION|@INSTANT]|tag:NAME",
        };
        var only = new Option<string[]>("--check")
        {
            Description = "Run this one only; may be given again.",
            HelpName = "ID",
        };
        var command = new Command("run", "Run the checks on a state, and say what does not hold.") { source, only };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var asked = session.Arguments.GetRequiredValue(source);
                var request = new RunQualityChecksRequest
                {
                    Parent = session.Platform.ProjectName,
                    Snapshot = SnapshotArgument.ReadReference(session.Platform, asked),
                    RequestId = session.NewRequestId(),
                };
                request.Checks.Add((session.Arguments.GetValue(only) ?? []).Select(session.Platform.QualityCheckName));
                var begun = await session.Platform.Quality.RunQualityChecksAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                var done = await OperationWait.UntilDoneAsync(session, begun.Operation, cancellationToken);
                var result = OperationWait.RequireSuccess(done).Response.Unpack<QualityResult>();
                CheckView.Write(session.Output, result, await ChecksOfAsync(session, result, cancellationToken));
                return result.Passed ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }

    /// <summary>The checks that a figure is shown of: none where a machine reads it.</summary>
    private static async Task<IReadOnlyCollection<QualityCheck>> ChecksOfAsync(
        Session session,
        QualityResult result,
        CancellationToken cancellationToken
    )
    {
        if (session.Output.IsJson || !result.Findings.Any(finding => finding is { HasValue: true, Passed: true }))
        {
            return [];
        }

        var all = await Pages.ReadAllAsync(
            new ListQualityChecksRequest { Parent = session.Platform.ProjectName },
            (asked, token) => session.Platform.Quality.ListQualityChecksAsync(asked, cancellationToken: token),
            cancellationToken
        );
        return all.QualityChecks;
    }

    private static Command Results(CliApplication application)
    {
        var filter = new Option<string?>("--filter")
        {
            Description = "Over snapshot.branch, passed and create_time, such as 'passed = false'.",
            HelpName = "FILTER",
        };
        var limit = new Option<int>("--limit")
        {
            Description = "At most this many; 20 without it.",
            DefaultValueFactory = _ => 20,
            HelpName = "N",
        }.FromOne();
        var command = new Command("results", "List what was found, newest first.") { filter, limit };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var found = await Pages.ReadAtMostAsync(
                    new ListQualityResultsRequest
                    {
                        Parent = session.Platform.ProjectName,
                        Filter = session.Arguments.GetValue(filter) ?? "",
                    },
                    session.Arguments.GetValue(limit),
                    (asked, token) => session.Platform.Quality.ListQualityResultsAsync(asked, cancellationToken: token),
                    results => results.Results.Count,
                    cancellationToken
                );
                CheckView.Write(session.Output, found);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(ResourceCommands checks) =>
        checks.Delete(
            "Delete a check; what it found stays.",
            (platform, target, token) =>
                platform.Quality.DeleteQualityCheckAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                )
        );
}
