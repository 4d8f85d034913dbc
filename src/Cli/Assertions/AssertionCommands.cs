using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Assertions;

/// <summary><c>dendrite assertion create | list | show | update | delete | check</c>.</summary>
internal static class AssertionCommands
{
    public static Command Build(CliApplication application)
    {
        var assertions = new ResourceCommands(
            application,
            () => new("ASSERTION") { Description = "Id of the assertion." },
            (platform, id) => platform.AssertionName(id)
        );
        return new("assertion", "Say by queries what must hold wherever something is merged, and check it.")
        {
            AssertionChanges.Create(assertions),
            List(assertions),
            Show(assertions),
            AssertionChanges.Update(assertions),
            Delete(assertions),
            Check(application),
        };
    }

    private static Command List(ResourceCommands assertions) =>
        assertions.List(
            "List the assertions of the project.",
            (project, size) => new ListAssertionsRequest { Parent = project, PageSize = size },
            (platform, asked, token) => platform.Assertions.ListAssertionsAsync(asked, cancellationToken: token),
            AssertionView.Write
        );

    private static Command Show(ResourceCommands assertions) =>
        assertions.Show(
            "Show one assertion with its SQL.",
            (platform, name, token) =>
                platform.Assertions.GetAssertionAsync(new() { Name = name }, cancellationToken: token),
            (output, found) => AssertionView.Write(output, found.Assertion)
        );

    private static Command Delete(ResourceCommands assertions) =>
        assertions.Delete(
            "Delete an assertion; merges are held to it no more.",
            (platform, target, token) =>
                platform.Assertions.DeleteAssertionAsync(
                    new()
                    {
                        Name = target.Name,
                        AllowMissing = target.AllowMissing,
                        RequestId = target.RequestId,
                    },
                    cancellationToken: token
                ),
            _ => "The assertion is gone."
        );

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
