using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Workflows;

/// <summary><c>dendrite workflow create | list | show | update | delete</c>.</summary>
internal static class WorkflowCommands
{
    public static Command Build(CliApplication application)
    {
        var workflows = new ResourceCommands(application, IdArgument, (platform, id) => platform.WorkflowName(id));
        return new("workflow", "Declare experiments as sequences of steps; 'experiment run' runs them.")
        {
            WorkflowEditCommands.Create(application),
            List(workflows),
            Show(workflows),
            WorkflowEditCommands.Update(application),
            Delete(application),
        };
    }

    public static Argument<string> IdArgument() => new("WORKFLOW") { Description = "Id of the workflow." };

    private static Command List(ResourceCommands workflows) =>
        workflows.List(
            "List the workflows of the project.",
            (project, size) => new ListWorkflowsRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Workflows.ListWorkflowsAsync(asked, cancellationToken: token),
            WorkflowView.Write
        );

    private static Command Show(ResourceCommands workflows) =>
        workflows.Show(
            "Show a workflow step by step; with --json as 'create' reads it.",
            (platform, name, token) =>
                platform.Workflows.GetWorkflowAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => WorkflowView.Write(output, found.Workflow)
        );

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
                    Etag = session.Arguments.GetValue(etag) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var workflows = session.Platform.Workflows;
                var (deleted, wasThere) = await Deletion.DoAsync(
                    session.Arguments.GetValue(missingOk),
                    allows =>
                        workflows.DeleteWorkflowAsync(
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
}
