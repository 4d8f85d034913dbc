using System.CommandLine;
using System.Globalization;
using Dendrite.Cli.Export;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
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
        var which = new SelectionOptions();
        var at = SnapshotOption.Create();
        var force = new Option<bool>("--force") { Description = "Replace the file if there is one." };
        var command = new Command("export", "Write records to a file that loads back equal.")
        {
            dataset,
            branch,
            output,
            at,
            force,
        };
        which.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var began = session.Host.Time.GetTimestamp();
                var path = session.Arguments.GetRequiredValue(output);
                if (session.Output.IsJson && ExportTarget.IsStandardOutput(path))
                {
                    const string Both = "--json reports on standard output, where the file goes. Give another file.";
                    throw new CliException(ExitCode.Usage, "USAGE", Both);
                }

                var request = new ExportRecordsRequest
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    Selection = which.Read(session),
                    Format = DocumentOptions.FormatOf(path),
                    At = SnapshotOption.Read(session, at),
                };
                await using var target = ExportTarget.Create(
                    path,
                    session.NewRequestId(),
                    session.Arguments.GetValue(force),
                    session.Host.OpenBinaryOutput
                );
                await CopyAsync(session, request, target.Stream, cancellationToken);
                var bytes = target.Stream.Length;
                await target.KeepAsync(cancellationToken);
                var format = request.Format == RecordFormat.JsonLines ? "JSON Lines" : "CSV";
                var seconds = session.Host.Time.GetElapsedTime(began).TotalSeconds;
                Write(session.Output, new(path, request.Parent, format, bytes, seconds));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task CopyAsync(
        Session session,
        ExportRecordsRequest request,
        Stream target,
        CancellationToken cancellationToken
    )
    {
        using var call = session.Platform.Records.ExportRecords(request, cancellationToken: cancellationToken);
        await foreach (var piece in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            await target.WriteAsync(piece.Data.Memory, cancellationToken);
        }
    }

    private static void Write(CliOutput output, RecordExportReport report)
    {
        if (output.IsJson)
        {
            output.WriteJson(report, CliJson.Shapes.RecordExportReport);
            return;
        }

        var size = Figures.Bytes(report.FileBytes);
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Output}: {report.Format}, {size}, {report.Seconds:0.0} s"
        );
        if (ExportTarget.IsStandardOutput(report.Output))
        {
            output.Note(line);
        }
        else
        {
            output.WriteLine(line);
        }
    }
}
