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
        var window = new WindowOptions();
        var physical = new Option<bool>("--physical") { Description = "Physical units instead of stored values." };
        var format = FormatOption();
        var file = new Option<string?>("--output", "-o")
        {
            Description = "A file to write; standard output without it.",
            HelpName = "FILE",
        };
        var command = new Command("read", "Read samples back.") { stream, branch, at };
        window.AddTo(command);
        command.Add(physical);
        command.Add(format);
        command.Add(file);
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
                request.Channels.Add(window.Channels(session));
                if (await window.RangeAsync(session, request.Stream, request.At, cancellationToken) is { } range)
                {
                    request.Samples = range;
                }
                using var reader = await SampleReader.OpenAsync(session.Platform.Query, request, cancellationToken);
                string chosen = session.Output.IsJson ? "jsonl" : arguments.GetRequiredValue(format);
                await using var target = Open(session, arguments.GetValue(file));
                var writer = new SampleWriter(target, reader.Header, chosen, arguments.GetValue(physical));
                var missing = new MissingSamples(session.Output);
                await writer.WriteAsync(reader.ReadWithGapsAsync(cancellationToken), missing.Tell, cancellationToken);
                missing.Complete();
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
}
