using Dendrite.Cli.Connection;
using Dendrite.Client.Appending;

namespace Dendrite.Cli.Import;

/// <summary>Where an import goes.</summary>
/// <param name="Branch">Id or name of the branch.</param>
/// <param name="StreamId">Id of the stream, or the beginning of the ids when the file has several rates.</param>
/// <param name="Start">Overrides the start time in the file.</param>
internal sealed record ImportOptions(string Branch, string StreamId, DateTimeOffset? Start);

/// <summary>Told how an import goes.</summary>
internal interface IImportProgress
{
    /// <summary>A stream of a file begins; the answer is told the index after the last sample sent.</summary>
    IProgress<long> Begin(StreamPlan plan);
}

/// <summary>
/// Imports a file that was found sound: looks at every stream it will become before it sends the first, then sends each
/// from where the branch has it.
/// </summary>
internal sealed class EdfImport(Platform platform, TimeProvider time)
{
    public async Task<ImportReport> RunAsync(
        EdfSource source,
        ImportOptions options,
        IImportProgress progress,
        CancellationToken cancellationToken
    )
    {
        long began = time.GetTimestamp();
        var plans = ImportPlan.Of(source, options.StreamId, options.Start);
        var states = new List<TargetState>();
        foreach (var plan in plans)
        {
            states.Add(await ImportTarget.InspectAsync(platform, options.Branch, plan, cancellationToken));
        }
        var streams = new List<ImportedStream>();
        foreach (var (plan, state) in plans.Zip(states))
        {
            streams.Add(await ImportAsync(source, options, plan, state, progress, cancellationToken));
        }
        return Report(source, options, streams, time.GetElapsedTime(began));
    }

    private async Task<ImportedStream> ImportAsync(
        EdfSource source,
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
            return Imported(plan, name, "already-complete", plan.SampleCount, version: 0);
        }
        await using var writer = await platform.Gateway.OpenWriterAsync(
            new WriterOptions
            {
                Stream = name,
                Descriptor = plan.Descriptor,
                CommitMessage = $"Import {Path.GetFileName(source.Path)}",
            },
            cancellationToken
        );
        long resumedFrom = writer.NextSample;
        long version = await EdfUpload.RunAsync(source, plan, writer, progress.Begin(plan), cancellationToken);
        return Imported(plan, name, state == TargetState.New ? "imported" : "resumed", resumedFrom, version);
    }

    private static ImportedStream Imported(
        StreamPlan plan,
        string name,
        string status,
        long resumedFrom,
        long version
    ) =>
        new(
            name,
            status,
            plan.SampleCount,
            plan.Descriptor.Channels.Count,
            plan.Group?.RateHz ?? 0,
            resumedFrom,
            version
        );

    private ImportReport Report(
        EdfSource source,
        ImportOptions options,
        IReadOnlyList<ImportedStream> streams,
        TimeSpan elapsed
    ) =>
        new(
            source.Path,
            source.Sha256,
            source.Bytes,
            platform.BranchName(options.Branch),
            streams,
            source.Recording.Annotations.Count,
            [
                .. source.Recording.Warnings.Select(warning => new ImportWarning(
                    warning.Kind.ToString(),
                    warning.Field,
                    warning.Offset,
                    warning.Message
                )),
            ],
            elapsed.TotalSeconds
        );
}
