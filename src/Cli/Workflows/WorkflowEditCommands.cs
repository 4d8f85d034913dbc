using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Workflows;

/// <summary><c>dendrite workflow create | update</c>: from a file, with single fields by options.</summary>
internal static class WorkflowEditCommands
{
    public static Command Create(CliApplication application)
    {
        var (id, file, options) = (WorkflowCommands.IdArgument(), FileOption(required: true), new Fields());
        var command = new Command("create", "Declare a workflow, from a file in YAML or JSON.") { id, file };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var path = session.Arguments.GetRequiredValue(file)!;
                var workflow = await WorkflowFile.ReadAsync(session, path, cancellationToken);
                options.ApplyTo(session, workflow);
                var made = await session.Platform.Workflows.CreateWorkflowAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        WorkflowId = session.Arguments.GetRequiredValue(id),
                        Workflow = workflow,
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                WorkflowView.Write(session.Output, made.Workflow);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (id, file, options) = (WorkflowCommands.IdArgument(), FileOption(required: false), new Fields());
        var etag = new Option<string?>("--etag") { Description = "Only if it is unchanged since.", HelpName = "ETAG" };
        var command = new Command("update", "Change what is given of a workflow; runs that go on keep what they have.")
        {
            id,
            file,
            etag,
        };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var workflow = session.Arguments.GetValue(file) is { } path
                    ? await WorkflowFile.ReadAsync(session, path, cancellationToken)
                    : new Workflow();
                options.ApplyTo(session, workflow);
                workflow.Name = session.Platform.WorkflowName(session.Arguments.GetRequiredValue(id));
                workflow.Etag = session.Arguments.GetValue(etag) ?? "";
                var changed = await session.Platform.Workflows.UpdateWorkflowAsync(
                    new()
                    {
                        Workflow = workflow,
                        UpdateMask = MaskOf(workflow),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                WorkflowView.Write(session.Output, changed.Workflow);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static FieldMask MaskOf(Workflow workflow)
    {
        var mask = new FieldMask();
        if (workflow.DisplayName.Length > 0)
            mask.Paths.Add("display_name");
        if (workflow.Steps.Count > 0)
            mask.Paths.Add("steps");
        if (workflow.OnFailure is not WorkflowFailurePolicy.Unspecified)
            mask.Paths.Add("on_failure");
        return mask.Paths.Count > 0
            ? mask
            : throw new CliException(ExitCode.Usage, "USAGE", "Nothing is to be changed; see --help for what can.");
    }

    private static Option<string?> FileOption(bool required) =>
        new("--file")
        {
            Description =
                "A Workflow in YAML (.yaml, .yml) or JSON, as --json shows one; '-' reads standard input. "
                + "Ids stand for full names.",
            HelpName = "FILE",
            Required = required,
        };

    /// <summary>Fields that have options of their own.</summary>
    private sealed class Fields
    {
        private readonly Option<string?> title = new("--title")
        {
            Description = "A title for people.",
            HelpName = "TEXT",
        };

        private readonly Option<WorkflowFailurePolicy?> onFailure = new("--on-failure")
        {
            Description = "What becomes of the branch when a step fails for good: keep or delete.",
            HelpName = "WHAT",
            CustomParser = result =>
            {
                switch (result.Tokens[0].Value)
                {
                    case "keep":
                        return WorkflowFailurePolicy.Keep;
                    case "delete":
                        return WorkflowFailurePolicy.Delete;
                    default:
                        result.AddError($"--on-failure takes keep or delete, not '{result.Tokens[0].Value}'.");
                        return null;
                }
            },
        };

        public void AddTo(Command command)
        {
            command.Add(title);
            command.Add(onFailure);
        }

        public void ApplyTo(Session session, Workflow workflow)
        {
            workflow.DisplayName = session.Arguments.GetValue(title) ?? workflow.DisplayName;
            workflow.OnFailure = session.Arguments.GetValue(onFailure) ?? workflow.OnFailure;
        }
    }
}
