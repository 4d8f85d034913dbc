using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Workflows;

/// <summary><c>dendrite workflow create | list | show | update | delete</c>.</summary>
internal static class WorkflowCommands
{
    private const int PageSize = 1_000;

    public static Command Build(CliApplication application) =>
        new("workflow", "Declare experiments as sequences of steps; 'experiment run' runs them.")
        {
            WorkflowEditCommands.Create(application),
            List(application),
            Show(application),
            WorkflowEditCommands.Update(application),
            Delete(application),
        };

    public static Argument<string> IdArgument() => new("WORKFLOW") { Description = "Id of the workflow." };

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the workflows of the project.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var all = await Pages.ReadAllAsync(
                    new ListWorkflowsRequest { Parent = session.Platform.ProjectName, PageSize = PageSize },
                    (asked, token) => session.Platform.Workflows.ListWorkflowsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                WorkflowView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show a workflow step by step; with --json as 'create' reads it.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var found = await session.Platform.Workflows.GetWorkflowAsync(
                    new() { Name = session.Platform.WorkflowName(session.Arguments.GetRequiredValue(id)) },
                    cancellationToken: cancellationToken
                );
                WorkflowView.Write(session.Output, found.Workflow);
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
        var command = new Command("delete", "Delete a workflow and the record of its runs; their branches stay.")
        {
            id,
            missingOk,
            etag,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new DeleteWorkflowRequest
                {
                    Name = session.Platform.WorkflowName(session.Arguments.GetRequiredValue(id)),
                    AllowMissing = session.Arguments.GetValue(missingOk),
                    Etag = session.Arguments.GetValue(etag) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var deleted = await session.Platform.Workflows.DeleteWorkflowAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                if (session.Output.IsJson)
                    session.Output.WriteMessage(deleted);
                else
                    session.Output.WriteLine($"Deleted {request.Name}.");
                return ExitCode.Success;
            }
        );
        return command;
    }
}
