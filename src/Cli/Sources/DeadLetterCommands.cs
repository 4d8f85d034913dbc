using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.Sources;

/// <summary><c>dendrite source dead-letters</c> and <c>dendrite source replay</c>.</summary>
internal static class DeadLetterCommands
{
    public static Command List(CliApplication application)
    {
        var id = SourceCommands.IdArgument();
        var limit = new Option<int>("--limit")
        {
            Description = "At most this many; 20 without it.",
            DefaultValueFactory = _ => 20,
            HelpName = "N",
        }.FromOne();
        var command = new Command("dead-letters", "List the items that could not be written and why, oldest first.")
        {
            id,
            limit,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var found = await Pages.ReadAtMostAsync(
                    new ListDeadLettersRequest { Parent = SourceCommands.NameOf(session, id) },
                    session.Arguments.GetValue(limit),
                    (asked, token) => session.Platform.Sync.ListDeadLettersAsync(asked, cancellationToken: token),
                    letters => letters.DeadLetters.Count,
                    cancellationToken
                );
                SourceView.Write(session.Output, found);
                return ExitCode.Success;
            }
        );
        return command;
    }

    public static Command Replay(CliApplication application)
    {
        var id = SourceCommands.IdArgument();
        var letters = new Argument<string[]>("LETTER")
        {
            Description = "Ids of dead letters; all without one.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("replay", "Try dead letters again, after what was wrong is mended.") { id, letters };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ReplayDeadLettersRequest
                {
                    Parent = SourceCommands.NameOf(session, id),
                    RequestId = session.NewRequestId(),
                };
                request.DeadLetterIds.AddRange(session.Arguments.GetValue(letters) ?? []);
                var answer = await session.Platform.Sync.ReplayDeadLettersAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                SourceView.Write(session.Output, answer.Report);
                return answer.Report.DeadLetters > 0 ? ExitCode.Failure : ExitCode.Success;
            }
        );
        return command;
    }
}
