using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;

namespace Dendrite.Cli.Streams;

/// <summary><c>dendrite mask put | list</c>.</summary>
internal static class MaskCommands
{
    private const int PageSize = 10_000;

    public static Command Build(CliApplication application) =>
        new("mask", "Hide samples of a recording, and list what is hidden.") { Put(application), List(application) };

    private static Argument<string> StreamArgument() => new("STREAM") { Description = "Id of the stream." };

    private static Command Put(CliApplication application)
    {
        var (stream, branch) = (StreamArgument(), StreamsCommand.BranchOption());
        var from = new Option<long>("--from")
        {
            Description = "Index of the first sample to hide.",
            HelpName = "N",
            Required = true,
        };
        var to = new Option<long>("--to")
        {
            Description = "Index after the last sample to hide.",
            HelpName = "N",
            Required = true,
        };
        var channels = new Option<string?>("--channels")
        {
            Description = "Labels of the channels; all when left out.",
            HelpName = "A,B",
        };
        var reason = new Option<string>("--reason")
        {
            Description = "Why, for those who will miss them.",
            HelpName = "TEXT",
            Required = true,
        };
        var command = new Command("put", "Hide samples from now on; earlier versions have them. A revert shows them.")
        {
            stream,
            branch,
            from,
            to,
            channels,
            reason,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Ingest.MaskSamplesAsync(
                    new()
                    {
                        Stream = NameOf(session, branch, stream),
                        Range = new()
                        {
                            StartSample = session.Arguments.GetRequiredValue(from),
                            EndSample = session.Arguments.GetRequiredValue(to),
                        },
                        Channels = { session.Arguments.GetValue(channels)?.Split(',') ?? [] },
                        Reason = session.Arguments.GetRequiredValue(reason),
                        RequestId = session.NewRequestId(),
                    },
                    cancellationToken: cancellationToken
                );
                StreamView.WriteDone(session.Output, response, "The samples are hidden.", response.Version);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command List(CliApplication application)
    {
        var (stream, branch, at) = (StreamArgument(), StreamsCommand.BranchOption(), SnapshotOption.Create());
        var command = new Command("list", "List what is hidden of a recording, and why.") { stream, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListMasksRequest
                {
                    Parent = NameOf(session, branch, stream),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                };
                var all = await Pages.ReadAllAsync(
                    request,
                    (asked, token) => session.Platform.Query.ListMasksAsync(asked, cancellationToken: token),
                    cancellationToken
                );
                Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static string NameOf(Session session, Option<string> branch, Argument<string> stream) =>
        session.StreamName(branch, stream);

    private static void Write(CliOutput output, ListMasksResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("FROM", "TO", "CHANNELS", "VERSION", "REASON");
        foreach (var mask in list.Masks)
        {
            table.Add(
                $"{mask.Range.StartSample}",
                $"{mask.Range.EndSample}",
                mask.Channels.Count == 0 ? "all" : Shown.Brief(string.Join(',', mask.Channels), 40),
                $"{mask.Version}",
                Shown.Brief(mask.Reason, 60)
            );
        }
        table.WriteTo(output);
    }
}
