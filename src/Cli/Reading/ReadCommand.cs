using System.CommandLine;
using Dendrite.Cli.Export;
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
        var force = new Option<bool>("--force") { Description = "Replace the file if there is one." };
        var command = new Command("read", "Read samples back.") { stream, branch, at };
        window.AddTo(command);
        command.Add(physical);
        command.Add(format);
        command.Add(file);
        command.Add(force);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var request = new ReadSamplesRequest
                {
                    Stream = session.StreamName(branch, stream),
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
                if (arguments.GetValue(file) is { } path)
                {
                    await using var target = ExportTarget.Create(
                        path,
                        session.NewRequestId(),
                        arguments.GetValue(force),
                        session.Host.OpenBinaryOutput
                    );
                    await WriteAsync(target.Stream);
                    await target.KeepAsync(cancellationToken);
                }
                else
                {
                    await using var output = session.Host.OpenBinaryOutput();
                    await WriteAsync(output);
                }

                return ExitCode.Success;

                async Task WriteAsync(Stream target)
                {
                    var writer = new SampleWriter(target, reader.Header, chosen, arguments.GetValue(physical));
                    var missing = new MissingSamples(session.Output);
                    var read = reader.ReadWithGapsAsync(cancellationToken);
                    await writer.WriteAsync(read, missing.Tell, cancellationToken);
                    missing.Complete();
                }
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
}
