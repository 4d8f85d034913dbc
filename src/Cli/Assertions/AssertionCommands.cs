using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Assertions;

/// <summary><c>dendrite assertion create | list | show | update | delete | check</c>.</summary>
internal static class AssertionCommands
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("assertion", "Say by queries what must hold wherever something is merged, and check it.")
        {
            AssertionChanges.Create(application),
            List(application),
            Show(application),
            AssertionChanges.Update(application),
            Delete(application),
            Check(application),
        };

    public static Argument<string> IdArgument() => new("ASSERTION") { Description = "Id of the assertion." };

    private static Command List(CliApplication application)
    {
        var command = new Command("list", "List the assertions of the project.");
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListAssertionsRequest { Parent = session.Platform.ProjectName, PageSize = PageSize };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Assertions.ListAssertionsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                AssertionView.Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var id = IdArgument();
        var command = new Command("show", "Show one assertion with its SQL.") { id };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var name = session.Platform.AssertionName(session.Arguments.GetRequiredValue(id));
                var found = await session.Platform.Assertions.GetAssertionAsync(
                    new() { Name = name },
                    cancellationToken: cancellationToken
                );
                AssertionView.Write(session.Output, found.Assertion);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Delete(CliApplication application)
    {
        var id = IdArgument();
        var missingOk = new Option<bool>("--missing-ok") { Description = "One that does not exist is no error." };
        var command = new Command("delete", "Delete an assertion; merges are held to it no more.") { id, missingOk };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Assertions.DeleteAssertionAsync(
                    new()
                    {
                        Name = session.Platform.AssertionName(session.Arguments.GetRequiredValue(id)),
                        AllowMissing = session.Arguments.GetValue(missingOk),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                AssertionView.WriteDeleted(session.Output, response);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Check(CliApplication application)
    {
        var source = new Argument<string>("SOURCE")
        {
            Description = "What to check: a branch, a branch at a point, or a tag.",
            DefaultValueFactory = _ => "main",
            HelpName = "BRANCH[@VERSION|@INSTANT]|tag:NAME",
        };
        var only = new Option<string[]>("--assertion")
        {
            Description = "Run this one only; may be given again.",
            HelpName = "ID",
        };
        var command = new Command("check", "Run the assertions on a state, and say which hold.") { source, only };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new CheckAssertionsRequest
                {
                    Parent = session.Platform.ProjectName,
                    Source = SnapshotArgument.ReadReference(
                        session.Platform,
                        session.Arguments.GetRequiredValue(source)
                    ),
                };
                request.Assertions.Add(
                    (session.Arguments.GetValue(only) ?? []).Select(id => session.Platform.AssertionName(id))
                );
                var checkedState = await session.Platform.Assertions.CheckAssertionsAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                AssertionView.Write(session.Output, checkedState);
                return checkedState.Results.Any(result => !result.Holds && result.Severity != AssertionSeverity.Warning)
                    ? ExitCode.Failure
                    : ExitCode.Success;
            }
        );
        return command;
    }
}
