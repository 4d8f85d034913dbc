using System.CommandLine;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Google.Protobuf;
using Grpc.Core;
using Spectre.Console;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record load DATASET FILE</c>: CSV or JSON Lines in, all or nothing unless told.</summary>
internal static class RecordLoadCommand
{
    private const int PieceLength = 256 << 10;

    public static Command Build(CliApplication application)
    {
        var dataset = DatasetCommands.DatasetArgument();
        var (file, document) = (DocumentOptions.FileArgument(), new DocumentOptions());
        var branch = StreamsCommand.BranchOption();
        var skip = new Option<bool>("--skip-bad-rows") { Description = "Load the good rows and report the bad ones." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check everything and load nothing." };
        var message = RecordCommands.MessageOption();
        var command = new Command("load", "Load a CSV or JSON Lines file; all or nothing unless told otherwise.")
        {
            dataset,
            file,
            branch,
            skip,
            dryRun,
            message,
        };
        document.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var arguments = session.Arguments;
                var path = arguments.GetRequiredValue(file);
                var open = new LoadOpen
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    Format = DocumentOptions.FormatOf(path),
                    Csv = document.Read(session, path),
                    SkipBadRows = arguments.GetValue(skip),
                    ValidateOnly = arguments.GetValue(dryRun),
                    CommitMessage = arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var loaded = await SendAsync(session, open, path, cancellationToken);
                RecordView.WriteLoad(session.Output, open, loaded);
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
        await using var file = DocumentOptions.Open(path);
        using var call = session.Platform.Records.LoadRecords(cancellationToken: cancellationToken);
        if (!session.Output.IsInteractive)
        {
            return await PumpAsync(_ => { });
        }

        return await session
            .Output.Terminal.Progress()
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(Path.GetFileName(path)));
                // A pipe does not say how much there is.
                task.IsIndeterminate = !file.CanSeek;
                task.MaxValue = file.CanSeek ? Math.Max(1, file.Length) : double.MaxValue;
                return PumpAsync(sent => task.Value = sent);
            });

        async Task<LoadRecordsResponse> PumpAsync(Action<long> report)
        {
            // A file that cannot be read ends the call before its last message: nothing is loaded of it.
            var requests = call.RequestStream;
            var isOpen = await TryAsync(() => requests.WriteAsync(new() { Open = open }, cancellationToken));
            var buffer = new byte[PieceLength];
            long sent = 0;
            for (int count; isOpen && (count = await file.ReadAsync(buffer, cancellationToken)) > 0; )
            {
                var piece = new LoadRecordsRequest { Data = ByteString.CopyFrom(buffer.AsSpan(0, count)) };
                isOpen = await TryAsync(() => requests.WriteAsync(piece, cancellationToken));
                report(sent += count);
            }

            if (isOpen)
            {
                await TryAsync(requests.CompleteAsync);
            }

            return await call;
        }
    }

    /// <returns>False: the service has refused already, and its answer says why.</returns>
    private static async Task<bool> TryAsync(Func<Task> send)
    {
        try
        {
            await send();
            return true;
        }
        catch (Exception failure) when (failure is InvalidOperationException or RpcException or IOException)
        {
            return false;
        }
    }
}
