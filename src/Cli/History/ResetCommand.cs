using System.CommandLine;
using Dendrite.Cli.Branches;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.Cli.Resources;
using Dendrite.V1;

namespace Dendrite.Cli.History;

/// <summary><c>dendrite reset</c>: takes a branch back, and says how to undo that.</summary>
internal static class ResetCommand
{
    public static Command Build(CliApplication application)
    {
        var branch = BranchCommands.BranchArgument();
        var point = new Argument<string>("POINT") { Description = "A version, an instant or a tag." };
        var message = new Option<string?>("--message") { Description = "Why; kept in the audit.", HelpName = "TEXT" };
        var etag = FieldOptions.Etag();
        var command = new Command("reset", "Take a branch back to one of its states; what came after is kept.")
        {
            branch,
            point,
            message,
            etag,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ResetBranchRequest
                {
                    Name = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    Point = SnapshotArgument.ReadPoint(session.Platform, session.Arguments.GetRequiredValue(point)),
                    Message = session.Arguments.GetValue(message) ?? "",
                    Etag = session.Arguments.GetValue(etag) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var reset = await session.Platform.Branches.ResetBranchAsync(
                    request,
                    cancellationToken: cancellationToken
                );
                Write(session.Output, reset);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(CliOutput output, ResetBranchResponse reset)
    {
        if (output.IsJson)
        {
            output.WriteMessage(reset);
            return;
        }
        var id = Shown.Id(reset.Branch.Name);
        output.WriteLine($"{id} is at version {reset.Branch.HeadVersion} again.");
        output.WriteLine($"To undo this: dendrite reset {id} {reset.PreviousVersion}");
    }
}
