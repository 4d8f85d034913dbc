using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf;
using Spectre.Console;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record load DATASET FILE</c>: CSV or JSON Lines in, all or nothing unless told.</summary>
internal static class RecordLoadCommand
{
    private const int PieceLength = 256 << 10;

    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var file = new Argument<string>("FILE") { Description = "A .csv file, or .jsonl for JSON Lines." };
        var branch = StreamsCommand.BranchOption();
        var nulls = new Option<string[]>("--null") { Description = "What stands for null.", HelpName = "TEXT" };
        var delimiter = new Option<string?>("--delimiter") { Description = "Between fields; a comma when left out." };
        var encoding = new Option<string?>("--encoding") { Description = "Such as windows-1252; UTF-8 when left out." };
        var skip = new Option<bool>("--skip-bad-rows") { Description = "Load the good rows and report the bad ones." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check everything and load nothing." };
        var message = RecordCommands.MessageOption();
        var command = new Command("load", "Load a CSV or JSON Lines file; all or nothing unless told otherwise.")
        {
            dataset,
            file,
            branch,
            nulls,
            delimiter,
            encoding,
            skip,
            dryRun,
            message,
        };
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var path = arguments.GetRequiredValue(file);
                var csv = new CsvOptions
                {
                    Delimiter = arguments.GetValue(delimiter) ?? "",
                    Encoding = arguments.GetValue(encoding) ?? "",
                };
                csv.NullValues.AddRange(arguments.GetValue(nulls) ?? []);
                var open = new LoadOpen
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    Format = path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase)
                        ? RecordFormat.JsonLines
                        : RecordFormat.Csv,
                    Csv = csv,
                    SkipBadRows = arguments.GetValue(skip),
                    ValidateOnly = arguments.GetValue(dryRun),
                    CommitMessage = arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var loaded = await SendAsync(session, open, path, cancellationToken);
                RecordView.WriteLoad(session.Output, loaded);
                return loaded.BadRowCount > 0 && !open.SkipBadRows ? ExitCode.BadData : ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<LoadRecordsResponse> SendAsync(
        Session session,
        LoadOpen open,
        string path,
        CancellationToken cancellationToken
    )
    {
        if (!File.Exists(path))
        {
            throw new CliException(ExitCode.NotFound, "FILE_NOT_FOUND", $"{path} does not exist.");
        }

        await using var file = File.OpenRead(path);
        using var call = session.Platform.Records.LoadRecords(cancellationToken: cancellationToken);
        if (!session.Output.IsInteractive)
        {
            return await PumpAsync(_ => { });
        }

        return await session
            .Output.Terminal.Progress()
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(Path.GetFileName(path)), maxValue: Math.Max(1, file.Length));
                return PumpAsync(sent => task.Value = sent);
            });

        async Task<LoadRecordsResponse> PumpAsync(Action<long> report)
        {
            try
            {
                await call.RequestStream.WriteAsync(new() { Open = open }, cancellationToken);
                var buffer = new byte[PieceLength];
                for (int count; (count = await file.ReadAsync(buffer, cancellationToken)) > 0; )
                {
                    var piece = new LoadRecordsRequest { Data = ByteString.CopyFrom(buffer.AsSpan(0, count)) };
                    await call.RequestStream.WriteAsync(piece, cancellationToken);
                    report(file.Position);
                }

                await call.RequestStream.CompleteAsync();
            }
            catch (Exception failure)
                when (failure is InvalidOperationException or Grpc.Core.RpcException or IOException)
            {
                // The service has refused already: its answer below says why.
            }

            return await call;
        }
    }
}
