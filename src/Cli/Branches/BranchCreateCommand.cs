using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Branches;

/// <summary><c>dendrite branch create</c>.</summary>
internal static class BranchCreateCommand
{
    public static Command Build(CliApplication application)
    {
        var options = new Options();
        var command = new Command("create", "Fork a branch; takes the same time at any size of data.");
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = options.Read(session);
                var response = await session.Platform.Branches.CreateBranchAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                BranchView.WriteOne(session.Output, response.Branch);
                if (request.ValidateOnly)
                {
                    session.Output.Note("It could be made; nothing was.");
                }
                return ExitCode.Success;
            }
        );
        return command;
    }

    /// <summary>What the command takes.</summary>
    private sealed class Options
    {
        private readonly Argument<string?> id = new("BRANCH")
        {
            Description = "Id of the branch; without it, one is made from the project's naming template.",
            Arity = ArgumentArity.ZeroOrOne,
        };

        private readonly Option<string> from = new("--from")
        {
            Description = "What to fork: a branch, a branch at a point, or a tag.",
            DefaultValueFactory = _ => "main",
            HelpName = "BRANCH[@VERSION|@INSTANT]|tag:NAME",
        };

        private readonly Option<string?> at = SnapshotOption.Create();

        private readonly Option<string[]> values = PairsOption.Create(
            "--template",
            "A part of the naming template, such as purpose=sleep. Once for each."
        );

        private readonly Option<string[]> labels = PairsOption.Create("--label", "A label, such as site=berlin.");

        private readonly Option<BranchKind> kind = new("--kind")
        {
            Description = "What sort of work it holds; an experiment without it.",
            HelpName = KindArgument.Kinds,
            CustomParser = KindArgument.Parse,
        };

        private readonly Option<string?> title = new("--title")
        {
            Description = "A title for people.",
            HelpName = "TEXT",
        };

        private readonly Option<string?> description = new("--description")
        {
            Description = "What it is for.",
            HelpName = "TEXT",
        };

        private readonly Option<string?> owner = FieldOptions.Text(
            "--owner",
            "NAME",
            "Who is responsible, such as an e-mail address; whoever makes it without it."
        );

        private readonly Option<TimeSpan?> ttl = new("--ttl")
        {
            Description = "Delete it by itself after this long, such as 30m, 12h or 7d.",
            HelpName = "TIME",
            CustomParser = DurationArgument.Parse,
        };

        private readonly Option<bool> dryRun = new("--dry-run")
        {
            Description = "Check everything, show what would be made, and make nothing.",
        };

        public void AddTo(Command command)
        {
            command.Add(id);
            foreach (
                var option in new System.CommandLine.Option[]
                {
                    from,
                    at,
                    kind,
                    values,
                    labels,
                    title,
                    description,
                    owner,
                    ttl,
                    dryRun,
                }
            )
            {
                command.Add(option);
            }
        }

        public CreateBranchRequest Read(Session session)
        {
            var arguments = session.Arguments;
            var request = new CreateBranchRequest
            {
                Parent = session.Platform.ProjectName,
                BranchId = arguments.GetValue(id) ?? "",
                Branch = new Branch
                {
                    DisplayName = arguments.GetValue(title) ?? "",
                    Description = arguments.GetValue(description) ?? "",
                    Owner = arguments.GetValue(owner) ?? "",
                    Kind = arguments.GetValue(kind),
                    Ttl = arguments.GetValue(ttl) is { } time ? Duration.FromTimeSpan(time) : null,
                },
                Source = SnapshotOption.ReadReference(session, arguments.GetRequiredValue(from), from.Name, at),
                RequestId = session.NewRequestId(),
                ValidateOnly = arguments.GetValue(dryRun),
            };
            request.Branch.Labels.Add(PairsOption.Read(session, labels));
            request.TemplateValues.Add(PairsOption.Read(session, values));
            return request;
        }
    }
}
