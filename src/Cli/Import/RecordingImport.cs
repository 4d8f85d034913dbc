using Dendrite.Cli.Connection;
using Dendrite.Cli.Hosting;
using Dendrite.Client.Appending;
using Dendrite.Errors;

namespace Dendrite.Cli.Import;

/// <summary>Where an import goes.</summary>
/// <param name="Branch">Id or name of the branch.</param>
/// <param name="StreamId">Id of the stream, or the beginning of the ids when the file has several.</param>
/// <param name="Start">Overrides the start time in the file.</param>
internal sealed record ImportOptions(string Branch, string StreamId, DateTimeOffset? Start);

/// <summary>Told how an import goes.</summary>
internal interface IImportProgress
{
    /// <summary>A stream of a file begins; the answer is told the index after the last sample sent.</summary>
    IProgress<long> Begin(StreamPlan plan);
}

/// <summary>
/// Imports a recording that was found sound: looks at every stream it will become before it sends the first, then sends
/// each from where the branch has it. Thread-safe.
/// </summary>
internal sealed class RecordingImport(Platform platform, TimeProvider time)
{
    public async Task<ImportReport> RunAsync(
        RecordingSource source,
        ImportOptions options,
        IImportProgress progress,
        CancellationToken cancellationToken
    )
    {
        long began = time.GetTimestamp();
        var plans = ImportPlan.Of(source, options.StreamId, options.Start);
        foreach (var plan in plans)
        {
            StreamAnnotations.Require(source, plan);
        }
        var states = new List<TargetState>();
        foreach (var plan in plans)
        {
            states.Add(await ImportTarget.InspectAsync(platform, options.Branch, plan, cancellationToken));
        }
        var streams = new List<ImportedStream>();
        foreach (var (plan, state) in plans.Zip(states))
        {
            try
            {
                streams.Add(await ImportAsync(source, options, plan, state, progress, cancellationToken));
            }
            catch (DendriteException taken)
                when (taken.Reason is ErrorReason.WriterFenced or ErrorReason.StreamFinished)
            {
                throw new CliException(
                    ExitCode.Conflict,
                    "IMPORTED_BY_ANOTHER",
                    $"{platform.StreamName(options.Branch, plan.StreamId)} is written by another import of this "
                        + "recording. Let that end, then run this again: it sends what is missing, if anything."
                );
            }
        }
        return ImportReport.Of(source, platform.BranchName(options.Branch), streams, time.GetElapsedTime(began));
    }

    private async Task<ImportedStream> ImportAsync(
        RecordingSource source,
        ImportOptions options,
        StreamPlan plan,
        TargetState state,
        IImportProgress progress,
        CancellationToken cancellationToken
    )
    {
        string name = platform.StreamName(options.Branch, plan.StreamId);
        if (state == TargetState.Complete)
        {
            return ImportedStream.Of(plan, name, ImportStatus.AlreadyComplete, plan.SampleCount, version: 0);
        }
        await using var writer = await platform.Gateway.OpenWriterAsync(
            new WriterOptions
            {
                Stream = name,
                Descriptor = plan.Descriptor,
                CommitMessage = $"Import {RecordingText.Clean(Path.GetFileName(source.Path))}",
            },
            cancellationToken
        );
        long resumedFrom = writer.NextSample;
        long version = await RecordingUpload.RunAsync(source, plan, writer, progress.Begin(plan), cancellationToken);
        string status = state == TargetState.New ? ImportStatus.Imported : ImportStatus.Resumed;
        return ImportedStream.Of(plan, name, status, resumedFrom, version);
    }
}
