using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Workflows;

/// <summary><c>dendrite experiment run WORKFLOW</c>.</summary>
internal static class ExperimentCommands
{
    public static Command Build(CliApplication application) =>
        new("experiment", "Run declared experiments.") { Run(application) };

    private static Command Run(CliApplication application)
    {
        var id = WorkflowCommands.IdArgument();
        var values = PairsOption.Create(
            "--value",
            "A part of the branch's name, such as purpose=sleep; may be given again."
        );
        var noWait = new Option<bool>("--no-wait") { Description = "Begin it and do not wait for its end." };
        var command = new Command(
            "run",
            "Run a workflow on a branch of its own, and show it step by step; exit code 1 where it does not succeed."
        )
        {
            id,
            values,
            noWait,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new RunWorkflowRequest
                {
                    Name = session.Platform.WorkflowName(session.Arguments.GetRequiredValue(id)),
                    RequestId = session.NewRequestId(),
                };
                request.TemplateValues.Add(PairsOption.Read(session, values));
                var begun = await session.Platform.Workflows.RunWorkflowAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                if (session.Arguments.GetValue(noWait))
                {
                    ExperimentView.Write(session.Output, begun.Run);
                    return ExitCode.Success;
                }

                var ended = await ExperimentFollow.UntilEndAsync(session, begun.Run, cancellationToken);
                ExperimentView.Write(session.Output, ended);
                return ended.State is RunState.Succeeded ? ExitCode.Success : ExitCode.Failure;
            }
        );
        return command;
    }
}
