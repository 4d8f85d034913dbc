using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record export DATASET -o FILE</c>.</summary>
internal static class RecordExportCommand
{
    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var branch = StreamsCommand.BranchOption();
        var output = new Option<string>("--output", "-o")
        {
            Description = "The file; .jsonl for JSON Lines, else CSV.",
            HelpName = "FILE",
            Required = true,
        };
        var filter = new Option<string?>("--filter") { Description = "An AIP-160 filter." };
        var at = SnapshotOption.Create();
        var command = new Command("export", "Write records to a file that loads back equal.")
        {
            dataset,
            branch,
            output,
            filter,
            at,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var path = session.Arguments.GetRequiredValue(output);
                var request = new ExportRecordsRequest
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    Selection = new() { Filter = session.Arguments.GetValue(filter) ?? "" },
                    Format = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
                        ? RecordFormat.JsonLines
                        : RecordFormat.Csv,
                    At = SnapshotOption.Read(session, at),
                };
                using var call = session.Platform.Records.ExportRecords(request, cancellationToken: cancellationToken);
                await using var file = File.Create(path);
                await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    await file.WriteAsync(piece.Data.Memory, cancellationToken);
                }

                session.Output.Note($"{path}: {file.Length} bytes");
                return ExitCode.Success;
            }
        );
        return command;
    }
}
