using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Streams;

/// <summary><c>dendrite gaps STREAM</c>.</summary>
internal static class GapsCommand
{
    private const int PageSize = 10_000;

    public static Command Build(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var (branch, at) = (StreamsCommand.BranchOption(), SnapshotOption.Create());
        var command = new Command("gaps", "List what is missing in a recording, and why.") { stream, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListGapsRequest
                {
                    Parent = session.StreamName(branch, stream),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Query.ListGapsAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(CliOutput output, ListGapsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("FROM", "TO", "SAMPLES", "GROUP", "CAUSE", "NOTE");
        foreach (var gap in list.Gaps)
        {
            table.Add(
                $"{gap.Range.StartSample}",
                $"{gap.Range.EndSample}",
                Figures.Count(gap.Range.EndSample - gap.Range.StartSample),
                gap.HasChannelGroup ? $"{gap.ChannelGroup}" : "all",
                Cause(gap.Cause),
                Shown.Brief(gap.Note, 60)
            );
        }
        table.WriteTo(output);
    }

    /// <summary>In words.</summary>
    public static string Cause(GapCause cause) =>
        cause switch
        {
            GapCause.Paused => "device paused",
            GapCause.DeviceCounterJump => "device counter jumped",
            GapCause.SpoolOverflow => "spool overflowed",
            GapCause.Masked => "masked",
            _ => "declared lost",
        };
}
