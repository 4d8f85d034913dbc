using System.CommandLine;
using System.Text;
using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;
using Dendrite.Cli.Reading;
using Dendrite.V1;
using Grpc.Core;
using Spectre.Console;

namespace Dendrite.Cli.Records;

/// <summary><c>dendrite record upsert DATASET FILE</c>: writes what differs from what is stored.</summary>
internal static class RecordUpsertCommand
{
    /// <summary>As many bad rows are shown: the rest are mostly of the same sort.</summary>
    private const int MaxShownBadRows = 20;

    /// <summary>Records of a message, as the contract allows.</summary>
    private const int MaxBatch = 1_000;

    /// <summary>Bytes of a message: far below what a service takes, and enough that a message costs nothing.</summary>
    private const int MaxBatchBytes = 1 << 20;

    public static Command Build(CliApplication application)
    {
        var (dataset, file) = (DatasetCommands.DatasetArgument(), DocumentOptions.FileArgument());
        var (branch, message) = (StreamsCommand.BranchOption(), RecordCommands.MessageOption());
        var document = new DocumentOptions();
        var deleteMissing = new Option<bool>("--delete-missing")
        {
            Description = "Delete records of the dataset that the file does not have.",
        };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check and compare everything, and write nothing." };
        var command = new Command("upsert", "Write only the records of a file that differ from what is stored.")
        {
            dataset,
            file,
            branch,
            deleteMissing,
            dryRun,
            message,
        };
        document.AddTo(command);
        application.Bind(
            command,
            async (session, cancellationToken) =>
            {
                var open = new UpsertOpen
                {
                    Parent = RecordCommands.ParentOf(session, branch, dataset),
                    DeleteMissing = session.Arguments.GetValue(deleteMissing),
                    ValidateOnly = session.Arguments.GetValue(dryRun),
                    CommitMessage = session.Arguments.GetValue(message) ?? "",
                    RequestId = session.NewRequestId(),
                };
                var path = session.Arguments.GetRequiredValue(file);
                await using var source = await OpenAsync(session, open.Parent, path, document, cancellationToken);
                RecordView.WriteUpsert(session.Output, open, await SendAsync(session, open, source, cancellationToken));
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<UpsertSource> OpenAsync(
        Session session,
        string dataset,
        string path,
        DocumentOptions document,
        CancellationToken cancellationToken
    )
    {
        var csv = document.Read(session, path);
        var file = DocumentOptions.Open(path);
        try
        {
            var found = await session.Platform.Datasets.GetDatasetAsync(
                new() { Name = dataset },
                cancellationToken: cancellationToken
            );
            return UpsertSource.Open(path, file, found.Dataset, csv);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static async Task<UpsertRecordsResponse> SendAsync(
        Session session,
        UpsertOpen open,
        UpsertSource source,
        CancellationToken cancellationToken
    )
    {
        if (!session.Output.IsInteractive)
        {
            return await PumpAsync(session, open, source, _ => { }, cancellationToken);
        }

        return await session
            .Output.Terminal.Progress()
            .StartAsync(context =>
            {
                var task = context.AddTask(Markup.Escape(source.Name));
                task.IsIndeterminate = source.Length is null;
                task.MaxValue = Math.Max(1, source.Length ?? 1);
                return PumpAsync(session, open, source, read => task.Value = read, cancellationToken);
            });
    }

    private static async Task<UpsertRecordsResponse> PumpAsync(
        Session session,
        UpsertOpen open,
        UpsertSource source,
        Action<long> report,
        CancellationToken cancellationToken
    )
    {
        // Ending the call before its last message takes back what was sent: nothing is written of a bad file.
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = session.Platform.Records.UpsertRecords(cancellationToken: ended.Token);
        try
        {
            var isOpen = await TryWriteAsync(call, new() { Open = open });
            await foreach (var batch in source.ReadAsync(MaxBatch, MaxBatchBytes, cancellationToken))
            {
                isOpen = isOpen && await TryWriteAsync(call, new() { Batch = batch });
                report(source.Position);
            }

            ThrowIfBad(session, source);
            if (source.IsEmpty && open.DeleteMissing)
            {
                throw DefinitionFile.Refused(
                    $"{source.Name} is empty, and --delete-missing would delete every record; nothing was written. To"
                        + " delete them all on purpose, give a CSV file that has only the line of column names."
                );
            }

            if (isOpen)
            {
                await call.RequestStream.CompleteAsync();
            }
        }
        catch (Exception failure) when (failure is CliException or IOException or DecoderFallbackException)
        {
            await ended.CancelAsync();
            throw failure is DecoderFallbackException ? DocumentOptions.OtherEncoding(source.Name) : failure;
        }

        return await call;
    }

    /// <returns>False: the service has refused already, and its answer says why.</returns>
    private static async Task<bool> TryWriteAsync(
        AsyncClientStreamingCall<UpsertRecordsRequest, UpsertRecordsResponse> call,
        UpsertRecordsRequest message
    )
    {
        try
        {
            await call.RequestStream.WriteAsync(message);
            return true;
        }
        catch (Exception failure) when (failure is InvalidOperationException or RpcException or IOException)
        {
            return false;
        }
    }

    private static void ThrowIfBad(Session session, UpsertSource source)
    {
        if (source.BadRows.Count == 0)
        {
            return;
        }

        foreach (var bad in source.BadRows.Take(MaxShownBadRows))
        {
            RecordView.NoteBadRow(session.Output, bad.Line, bad.Column, bad.Problem);
        }

        var first = source.BadRows[0];
        var place = first.Column.Length > 0 ? $"line {first.Line}, {first.Column}" : $"line {first.Line}";
        throw new CliException(
            ExitCode.BadData,
            "BAD_ROWS",
            $"{source.Name} has {Figures.Count(source.BadRows.Count, "bad row")}, and nothing was written: mend them,"
                + $" beginning with {place}: {first.Problem}"
        );
    }
}
