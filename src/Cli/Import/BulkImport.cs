using Dendrite.Cli.Hosting;
using Dendrite.Cli.Output;

namespace Dendrite.Cli.Import;

/// <summary>
/// Imports many recordings, several at once. One that fails does not stop the others; what is in the branch already, by
/// its content, is not sent again, under whatever name; run again after a failure, it goes on where it stopped.
/// </summary>
internal sealed class BulkImport(Session session, IReadOnlyList<FoundRecording> recordings)
{
    /// <summary>
    /// Reading, encoding and the platform's commit overlap well with four; each holds some tens of MiB at most.
    /// </summary>
    public const int DefaultJobs = 4;

    private readonly RecordingCopies copies = new(recordings.Count);
    private readonly Lock printing = new();
    private volatile bool stopped;

    public required string Branch { get; init; }

    public required int Jobs { get; init; }

    /// <summary>When the recording began, of one file; null: as the files say.</summary>
    public DateTimeOffset? Start { get; init; }

    /// <summary>Read and check only.</summary>
    public required bool DryRun { get; init; }

    /// <summary>0 where every file is in the branch, or could be; else why the first one is not.</summary>
    public static ExitCode ExitCodeOf(BulkReport report) =>
        (ExitCode)(report.Files.FirstOrDefault(file => file.Error is not null)?.Error!.ExitCode ?? 0);

    public async Task<BulkReport> RunAsync(CancellationToken cancellationToken)
    {
        long began = session.Host.Time.GetTimestamp();
        var known = DryRun
            ? KnownRecordings.None
            : await KnownRecordings.LoadAsync(session.Platform, Branch, cancellationToken);
        var files = new BulkFile[recordings.Count];
        await ImportProgress.ShowFilesAsync(
            session.Output,
            recordings.Count,
            async advance =>
            {
                var matching = copies.MatchAsync(cancellationToken);
                await Parallel.ForAsync(
                    0,
                    recordings.Count,
                    new ParallelOptions { MaxDegreeOfParallelism = Jobs, CancellationToken = cancellationToken },
                    async (index, cancellation) =>
                    {
                        files[index] = await ImportAsync(index, known, cancellation);
                        Print(files[index]);
                        advance();
                    }
                );
                await matching;
                return files.Length;
            }
        );
        return Summarize(files, session.Host.Time.GetElapsedTime(began));
    }

    private async Task<BulkFile> ImportAsync(int index, KnownRecordings known, CancellationToken cancellationToken)
    {
        var isIn = false;
        try
        {
            var file = await TryAsync(index, known, cancellationToken);
            isIn = file.Error is null && file.Status != ImportStatus.NotTried;
            return file;
        }
        finally
        {
            copies.End(index, isIn);
        }
    }

    private async Task<BulkFile> TryAsync(int index, KnownRecordings known, CancellationToken cancellationToken)
    {
        var recording = recordings[index];
        if (stopped)
        {
            return NotTried(recording);
        }
        try
        {
            if (recording.Unreadable is { } unreadable)
            {
                throw unreadable;
            }
            var source = await RecordingSource.OpenAsync(recording.Path, cancellationToken);
            if (await copies.IsInAsync(index, source.Sha256, cancellationToken))
            {
                return new(recording.Path, ImportStatus.Duplicate, null, null);
            }
            // Meanwhile the copy before it may have failed for what stops all.
            return stopped ? NotTried(recording) : await ImportAsync(source, recording, known, cancellationToken);
        }
        // One file's failure is a line of the report; whoever cancels ends it all.
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            var shape = ErrorReport.Describe(error);
            // What stops one file for such a reason stops all others, only later.
            stopped |= (ExitCode)shape.ExitCode is ExitCode.Unavailable or ExitCode.Denied;
            return new(recording.Path, ImportStatus.Failed, null, shape);
        }
    }

    private static BulkFile NotTried(FoundRecording recording) =>
        new(recording.Path, ImportStatus.NotTried, null, null);

    private async Task<BulkFile> ImportAsync(
        RecordingSource source,
        FoundRecording recording,
        KnownRecordings known,
        CancellationToken cancellationToken
    )
    {
        if (DryRun || known.HasWhole(source))
        {
            string already = DryRun ? ImportStatus.Importable : ImportStatus.AlreadyComplete;
            var streams = ImportPlan
                .Of(source, recording.StreamId, Start)
                .Select((plan, i) => ImportedStream.Of(plan, known.NameOf(source, i) ?? plan.StreamId, already, 0, 0));
            string branch = DryRun ? "" : session.Platform.BranchName(Branch);
            return new(source.Path, already, ImportReport.Of(source, branch, [.. streams], TimeSpan.Zero), null);
        }
        var report = await new RecordingImport(session.Platform, session.Host.Time).RunAsync(
            source,
            new(Branch, recording.StreamId, Start),
            ImportProgress.None,
            cancellationToken
        );
        bool resumed = report.Streams.Any(stream => stream.Status != ImportStatus.Imported);
        return new(source.Path, resumed ? ImportStatus.Resumed : ImportStatus.Imported, report, null);
    }

    private void Print(BulkFile file)
    {
        if (session.Output.IsJson)
        {
            return;
        }
        lock (printing)
        {
            foreach (var warning in file.Report?.Warnings ?? [])
            {
                session.Output.Note(
                    $"warning: {file.File}: {warning.Field} (byte {warning.Offset}): {warning.Message}"
                );
            }
            session.Output.WriteLine(ImportView.Line(file));
        }
    }

    private BulkReport Summarize(BulkFile[] files, TimeSpan elapsed)
    {
        var sent = files
            .Where(file => file.Status is ImportStatus.Imported or ImportStatus.Resumed)
            .Select(file => file.Report!)
            .ToList();
        return new(
            DryRun ? "" : session.Platform.BranchName(Branch),
            files,
            files.CountBy(file => file.Status).ToDictionary(),
            sent.Sum(report => report.FileBytes),
            sent.Sum(report => report.Streams.Sum(stream => stream.SampleCount * stream.ChannelCount)),
            elapsed.TotalSeconds
        );
    }
}
