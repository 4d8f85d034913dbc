using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.V1;

namespace Dendrite.Cli.Reading;

/// <summary><c>dendrite read STREAM</c>.</summary>
internal static class ReadCommand
{
    public static Command Build(CliApplication application)
    {
        var stream = new Argument<string>("STREAM") { Description = "Id of the stream." };
        var branch = StreamsCommand.BranchOption();
        var at = SnapshotOption.Create();
        var from = new Option<long>("--from") { Description = "Index of the first sample.", HelpName = "SAMPLE" };
        var to = new Option<long?>("--to")
        {
            Description = "Index after the last sample; the end without it.",
            HelpName = "SAMPLE",
        };
        var channels = new Option<string[]>("--channels")
        {
            Description = "Labels of the channels, separated by commas; all without it.",
            HelpName = "LABEL,...",
            CustomParser = result => result.Tokens[0].Value.Split(',', StringSplitOptions.RemoveEmptyEntries),
        };
        var physical = new Option<bool>("--physical") { Description = "Physical units instead of stored values." };
        var format = FormatOption();
        var file = new Option<string?>("--output", "-o")
        {
            Description = "A file to write; standard output without it.",
            HelpName = "FILE",
        };
        var command = new Command("read", "Read samples back.")
        {
            stream,
            branch,
            at,
            from,
            to,
            channels,
            physical,
            format,
            file,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var request = new ReadSamplesRequest
                {
                    Stream = session.Platform.StreamName(
                        arguments.GetRequiredValue(branch),
                        arguments.GetRequiredValue(stream)
                    ),
                    At = SnapshotOption.Read(session, at),
                    Format = SampleFormat.Stored,
                };
                request.Channels.Add(arguments.GetValue(channels) ?? []);
                await SetRangeAsync(
                    session,
                    request,
                    arguments.GetValue(from),
                    arguments.GetValue(to),
                    cancellationToken
                );
                using var reader = await SampleReader.OpenAsync(session.Platform.Query, request, cancellationToken);
                string chosen = session.Output.IsJson ? "jsonl" : arguments.GetRequiredValue(format);
                await using var target = Open(session, arguments.GetValue(file));
                var writer = new SampleWriter(target, reader.Header, chosen, arguments.GetValue(physical));
                await writer.WriteAsync(reader.ReadAsync(cancellationToken), cancellationToken);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static Option<string> FormatOption()
    {
        var format = new Option<string>("--format")
        {
            Description =
                "csv; jsonl: a JSON array a line; raw: little-endian samples, all channels of an instant together.",
            DefaultValueFactory = _ => "csv",
            HelpName = "FORMAT",
        };
        format.AcceptOnlyFromAmong("csv", "jsonl", "raw");
        return format;
    }

    private static Stream Open(Session session, string? file) =>
        file is null ? session.Host.OpenBinaryOutput() : File.Create(file);

    /// <summary>A range needs both ends; the end that was not given is the stream's.</summary>
    private static async Task SetRangeAsync(
        Session session,
        ReadSamplesRequest request,
        long from,
        long? to,
        CancellationToken cancellationToken
    )
    {
        if (from == 0 && to is null)
        {
            return;
        }
        if (to is null)
        {
            var stream = await session.Platform.Query.GetStreamAsync(
                new GetStreamRequest { Name = request.Stream, At = request.At },
                cancellationToken: cancellationToken
            );
            to = stream.Stream.EndSample;
        }
        request.Samples = new SampleRange { StartSample = from, EndSample = to.Value };
    }
}
