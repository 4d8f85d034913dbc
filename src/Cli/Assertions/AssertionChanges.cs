using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Assertions;

/// <summary><c>dendrite assertion create</c> and <c>update</c>: the SQL from the command line or from a file.</summary>
internal sealed class AssertionChanges
{
    private readonly Option<string?> sql = new("--sql")
    {
        Description = "One SELECT over the datasets that returns what must not be there.",
        HelpName = "SQL",
    };

    private readonly Option<string?> file = new("--file") { Description = "The SQL from a file.", HelpName = "FILE" };

    private readonly Option<string?> description = new("--description")
    {
        Description = "What must hold, for whoever reads a refused merge.",
        HelpName = "TEXT",
    };

    private readonly Option<string?> severity = new("--severity")
    {
        Description = "Whether a merge is refused or goes through and says so; error unless given.",
        HelpName = "error|warning",
    };

    private readonly Option<string?> against = new("--against")
    {
        Description = "Whose datasets the SQL must fit; main unless given.",
        HelpName = "BRANCH[@VERSION|@INSTANT]|tag:NAME",
    };

    private AssertionChanges() { }

    public static Command Create(CliApplication application)
    {
        var (id, options) = (AssertionCommands.IdArgument(), new AssertionChanges());
        var command = new Command("create", "Register a query that must return no row.") { id };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var made = await session.Platform.Assertions.CreateAssertionAsync(
                    new()
                    {
                        Parent = session.Platform.ProjectName,
                        AssertionId = session.Arguments.GetRequiredValue(id),
                        Assertion = await options.ReadAsync(session, cancellationToken),
                        SchemaSource = options.ReadAgainst(session),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AssertionView.Write(session.Output, made.Assertion);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Update(CliApplication application)
    {
        var (id, options) = (AssertionCommands.IdArgument(), new AssertionChanges());
        var etag = new Option<string?>("--etag")
        {
            Description = "Refuse where it is another by now.",
            HelpName = "ETAG",
        };
        var command = new Command("update", "Change what is given of an assertion.") { id, etag };
        options.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var assertion = await options.ReadAsync(session, cancellationToken);
                assertion.Name = session.Platform.AssertionName(session.Arguments.GetRequiredValue(id));
                assertion.Etag = session.Arguments.GetValue(etag) ?? "";
                var changed = await session.Platform.Assertions.UpdateAssertionAsync(
                    new()
                    {
                        Assertion = assertion,
                        SchemaSource = options.ReadAgainst(session),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AssertionView.Write(session.Output, changed.Assertion);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private void AddTo(Command command)
    {
        foreach (var option in new[] { sql, file, description, severity, against })
        {
            command.Add(option);
        }
    }

    private async Task<Assertion> ReadAsync(Session session, CancellationToken cancellationToken)
    {
        var (text, path) = (session.Arguments.GetValue(sql), session.Arguments.GetValue(file));
        if (text is not null && path is not null)
        {
            throw new CliException(ExitCode.Usage, "USAGE", "Give the SQL by --sql or by --file, not by both.");
        }

        return new()
        {
            Sql = path is null ? text ?? "" : await File.ReadAllTextAsync(path, cancellationToken),
            Description = session.Arguments.GetValue(description) ?? "",
            Severity = session.Arguments.GetValue(severity) switch
            {
                null => AssertionSeverity.Unspecified,
                "error" => AssertionSeverity.Error,
                "warning" => AssertionSeverity.Warning,
                var other => throw new CliException(
                    ExitCode.Usage,
                    "USAGE",
                    $"--severity is '{other}': give error or warning."
                ),
            },
        };
    }

    private SnapshotReference? ReadAgainst(Session session) =>
        session.Arguments.GetValue(against) is { } text ? SnapshotArgument.ReadReference(session.Platform, text) : null;
}
