using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
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

    public static Command Create(ResourceCommands assertions)
    {
        var options = new AssertionChanges();
        return assertions.Create(
            "Register a query that must return no row.",
            options.All,
            async (session, id, token) =>
            {
                var request = new CreateAssertionRequest
                {
                    Parent = session.Platform.ProjectName,
                    AssertionId = id,
                    Assertion = await options.ReadAsync(session, token),
                    SchemaSource = options.ReadAgainst(session),
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Assertions.CreateAssertionAsync(request, cancellationToken: token);
            },
            (output, made) => AssertionView.Write(output, made.Assertion)
        );
    }

    public static Command Update(ResourceCommands assertions)
    {
        var options = new AssertionChanges();
        return assertions.Update(
            "Change what is given of an assertion.",
            options.All,
            async (session, target, token) =>
            {
                options.RequireChange(session.Arguments);
                var assertion = await options.ReadAsync(session, token);
                (assertion.Name, assertion.Etag) = (target.Name, target.Etag);
                var request = new UpdateAssertionRequest
                {
                    Assertion = assertion,
                    SchemaSource = options.ReadAgainst(session),
                    RequestId = session.NewRequestId(),
                };
                return await session.Platform.Assertions.UpdateAssertionAsync(request, cancellationToken: token);
            },
            (output, changed) => AssertionView.Write(output, changed.Assertion)
        );
    }

    private Option[] All => [sql, file, description, severity, against];

    /// <exception cref="CliException">Nothing of the assertion is given.</exception>
    private void RequireChange(ParseResult arguments)
    {
        Option[] changes = [sql, file, description, severity];
        if (!Array.Exists(changes, option => arguments.GetResult(option) is { Implicit: false }))
        {
            throw new CliException(
                ExitCode.Usage,
                "USAGE",
                "Nothing to change: give at least one of --sql, --file, --description and --severity."
            );
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
            Sql = path is null ? text ?? "" : await DefinitionFile.ReadTextAsync(path, cancellationToken),
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
