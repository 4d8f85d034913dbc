using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Operations;

/// <summary><c>dendrite operation</c>: work that goes on when its command has ended.</summary>
internal static class OperationCommands
{
    private const int DefaultLimit = 50;
    private const int PageSize = 1_000;

    public static Command Build(CliApplication application) =>
        new("operation", "Look at long work, wait for it, stop it.")
        {
            List(application),
            Show(application),
            Wait(application),
            Cancel(application),
            Delete(application),
        };

    private static Command List(CliApplication application)
    {
        var filter = new Option<string>("--filter")
        {
            HelpName = "FILTER",
            Description = "Only these: a filter over state, method, creator and create_time, such as state=RUNNING.",
            DefaultValueFactory = _ => "",
        };
        var limit = new Option<int>("--limit")
        {
            HelpName = "N",
            Description = "At most this many.",
            DefaultValueFactory = _ => DefaultLimit,
        };
        var command = new Command("list", "List the project's operations, newest first.") { filter, limit };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var left = session.Arguments.GetValue(limit);
                if (left < 1)
                {
                    throw new CliException(ExitCode.Usage, "USAGE", $"--limit {left} is less than 1.");
                }
                var all = new ListOperationsResponse();
                var request = new ListOperationsRequest
                {
                    Parent = session.Platform.ProjectName,
                    Filter = session.Arguments.GetValue(filter),
                };
                do
                {
                    request.PageSize = Math.Clamp(left, 1, PageSize);
                    var page = await session.Platform.Operations.ListOperationsAsync(
                        request,
                        cancellationToken: cancellationToken
                    );
                    all.Operations.Add(page.Operations);
                    left -= page.Operations.Count;
                    request.PageToken = all.NextPageToken = page.NextPageToken;
                } while (left > 0 && request.PageToken.Length > 0);
                OperationView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application) =>
        OfOne(
            application,
            ("show", "Show an operation; with --json also what it made."),
            async (session, name, cancellationToken) =>
                (
                    await session.Platform.Operations.GetOperationAsync(
                        new() { Name = name },
                        cancellationToken: cancellationToken
                    )
                ).Operation
        );

    private static Command Wait(CliApplication application) =>
        OfOne(
            application,
            ("wait", "Wait until an operation is done; fails as it failed."),
            async (session, name, cancellationToken) =>
            {
                var found = await session.Platform.Operations.GetOperationAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                var done = await OperationWait.UntilDoneAsync(session, found.Operation, cancellationToken);
                return OperationWait.RequireSuccess(done);
            }
        );

    private static Command Cancel(CliApplication application) =>
        OfOne(
            application,
            ("cancel", "Ask an operation to stop."),
            async (session, name, cancellationToken) =>
                (
                    await session.Platform.Operations.CancelOperationAsync(
                        new() { Name = name, RequestId = session.NewRequestId() },
                        cancellationToken: cancellationToken
                    )
                ).Operation
        );

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("delete", "Forget an operation that is done, and what it made.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.OperationName(session.Arguments.GetRequiredValue(id));
                await session.Platform.Operations.DeleteOperationAsync(
                    new() { Name = name, RequestId = session.NewRequestId() },
                    cancellationToken: cancellationToken
                );
                if (session.Output.IsJson)
                {
                    session.Output.WriteMessage(new DeleteOperationResponse());
                }
                else
                {
                    session.Output.WriteLine($"Deleted {name}.");
                }

                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command OfOne(
        CliApplication application,
        (string Name, string Description) what,
        Func<Session, string, CancellationToken, Task<Operation>> work
    )
    {
        var id = IdArgument();
        var command = new Command(what.Name, what.Description) { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.OperationName(session.Arguments.GetRequiredValue(id));
                OperationView.Write(session.Output, await work(session, name, cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Argument<string> IdArgument() => new("ID") { Description = "Id of the operation." };
}
