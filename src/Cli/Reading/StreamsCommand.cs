using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite streams list | show</c>.</summary>
internal static class StreamsCommand
{
    private const int PageSize = 1000;

    public static Command Build(CliApplication application) =>
        new("streams", "List and show the recordings of a branch.") { List(application), Show(application) };

    public static Option<string> BranchOption() =>
        new("--branch", "-b")
        {
            Description = "The branch.",
            HelpName = "BRANCH",
            DefaultValueFactory = _ => "main",
        };

    private static Command List(CliApplication application)
    {
        var branch = BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("list", "List the recordings of a branch.") { branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var request = new ListStreamsRequest
                {
                    Parent = session.Platform.BranchName(session.Arguments.GetRequiredValue(branch)),
                    PageSize = PageSize,
                    At = SnapshotOption.Read(session, at),
                };
                var all = new ListStreamsResponse();
                do
                {
                    var page = await session.Platform.Query.ListStreamsAsync(
                        request,
                        cancellationToken: cancellationToken
                    );
                    all.Streams.Add(page.Streams);
                    all.Version = page.Version;
                    request.PageToken = page.NextPageToken;
                } while (request.PageToken.Length > 0);
                Write(session.Output, all);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Command Show(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = BranchOption();
        var at = SnapshotOption.Create();
        var command = new Command("show", "Show one recording with its channels.") { stream, branch, at };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var response = await session.Platform.Query.GetStreamAsync(
                    new GetStreamRequest
                    {
                        Name = session.Platform.StreamName(
                            session.Arguments.GetRequiredValue(branch),
                            session.Arguments.GetRequiredValue(stream)
                        ),
                        At = SnapshotOption.Read(session, at),
                    },
                    cancellationToken: cancellationToken
                );
                Write(session.Output, response.Stream);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static void Write(CliOutput output, ListStreamsResponse list)
    {
        if (output.IsJson)
        {
            output.WriteMessage(list);
            return;
        }
        var table = new TextTable("STREAM", "STATE", "CHANNELS", "RATE", "SAMPLES", "STORED", "START");
        foreach (var stream in list.Streams)
        {
            table.Add(
                stream.Name[(stream.Name.LastIndexOf('/') + 1)..],
                stream.State.ToString().ToLowerInvariant(),
                $"{stream.Channels.Count}",
                Rate(stream.NominalRate),
                Figures.Count(stream.EndSample),
                Figures.Bytes(stream.StoredBytes),
                $"{stream.StartTime?.ToDateTimeOffset():yyyy-MM-dd HH:mm:ss}"
            );
        }
        table.WriteTo(output);
    }

    private static void Write(CliOutput output, SignalStream stream)
    {
        if (output.IsJson)
        {
            output.WriteMessage(stream);
            return;
        }
        output.WriteLine($"name     {stream.Name}");
        output.WriteLine($"state    {stream.State.ToString().ToLowerInvariant()}");
        output.WriteLine($"rate     {Rate(stream.NominalRate)}");
        output.WriteLine($"samples  {Figures.Count(stream.EndSample)} a channel");
        output.WriteLine($"stored   {Figures.Bytes(stream.StoredBytes)}");
        output.WriteLine("");
        var table = new TextTable("CHANNEL", "UNIT", "TYPE", "SCALE", "OFFSET");
        foreach (var channel in stream.Channels)
        {
            table.Add(
                channel.Label,
                channel.Unit,
                channel.SampleType.ToString().ToLowerInvariant(),
                $"{(channel.HasScale ? channel.Scale : 1)}",
                $"{channel.Offset}"
            );
        }
        table.WriteTo(output);
    }

    private static string Rate(SampleRate? rate) =>
        rate is null or { Samples: 0 } ? "irregular" : $"{(decimal)rate.Samples / rate.Seconds:0.######} Hz";
}
