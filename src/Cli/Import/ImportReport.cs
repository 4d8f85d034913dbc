using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>How it went with a stream or a file; the words are part of the JSON (docs/cli.md).</summary>
internal static class ImportStatus
{
    public const string Imported = "imported";
    public const string Resumed = "resumed";
    public const string AlreadyComplete = "already-complete";

    /// <summary>Of a file: the same content as an earlier file of the same import, which is in the branch.</summary>
    public const string Duplicate = "duplicate";

    /// <summary>Of a file: it cannot be read; <c>error</c> says why.</summary>
    public const string Failed = "failed";

    /// <summary>Of a file: not begun, because the platform does not answer or refuses the caller.</summary>
    public const string NotTried = "not-tried";

    /// <summary>Of a file, with <c>--dry-run</c>: it can be imported.</summary>
    public const string Importable = "importable";
}

/// <summary>The result of an import, as JSON mode prints it.</summary>
/// <param name="File">The path as it was given.</param>
/// <param name="Format">What the file is, <c>EDF+C</c>.</param>
/// <param name="Sha256">Of the file's bytes.</param>
/// <param name="FileBytes">Size of the file, and of those that belong to it.</param>
/// <param name="Branch">Resource name of the branch.</param>
/// <param name="Streams">What the file became.</param>
/// <param name="AnnotationCount">Annotations in the file.</param>
/// <param name="Warnings">Departures from the format, each with field and offset.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ImportReport(
    string File,
    string Format,
    string Sha256,
    long FileBytes,
    string Branch,
    IReadOnlyList<ImportedStream> Streams,
    int AnnotationCount,
    IReadOnlyList<ImportWarning> Warnings,
    double Seconds
)
{
    public static ImportReport Of(
        RecordingSource source,
        string branch,
        IReadOnlyList<ImportedStream> streams,
        TimeSpan elapsed
    ) =>
        new(
            source.Path,
            source.Recording.Format,
            source.Sha256,
            source.Bytes,
            branch,
            streams,
            source.Recording.Streams.Sum(stream => stream.Annotations.Count),
            [.. source.Recording.Warnings.Select(ImportWarning.Of)],
            elapsed.TotalSeconds
        );
}

/// <param name="Stream">Resource name of the stream.</param>
/// <param name="Status"><c>imported</c>, <c>resumed</c>, <c>already-complete</c> or <c>importable</c>.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="ChannelCount">Number of channels.</param>
/// <param name="RateHz">Samples a second; 0 when irregular.</param>
/// <param name="ResumedFrom">The sample from which it went on; 0 for a new import.</param>
/// <param name="Version">The version that holds the last of it; 0 when nothing was sent.</param>
internal sealed record ImportedStream(
    string Stream,
    string Status,
    long SampleCount,
    int ChannelCount,
    decimal RateHz,
    long ResumedFrom,
    long Version
)
{
    public static ImportedStream Of(StreamPlan plan, string name, string status, long resumedFrom, long version) =>
        new(
            name,
            status,
            plan.SampleCount,
            plan.Descriptor.Channels.Count,
            plan.Recorded.Channels.Count == 0 ? 0 : plan.Recorded.Rate.Hz,
            resumedFrom,
            version
        );
}

/// <param name="Kind">The rule that applied (docs/formats.md).</param>
/// <param name="File">Name of the file at fault where a recording has several; else empty.</param>
internal sealed record ImportWarning(string Kind, string File, string Field, long Offset, string Message)
{
    public static ImportWarning Of(RecordingWarning warning) =>
        new(warning.Kind.ToString(), warning.File, warning.Field, warning.Offset, warning.Message);
}

/// <summary>The result of an import of several files, as JSON mode prints it.</summary>
/// <param name="Branch">Resource name of the branch; empty with <c>--dry-run</c>.</param>
/// <param name="Files">In the order of their names.</param>
/// <param name="Counts">How many files of each status.</param>
/// <param name="FileBytes">Of the files imported or resumed.</param>
/// <param name="SampleCount">Of the files imported or resumed, all channels together.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record BulkReport(
    string Branch,
    IReadOnlyList<BulkFile> Files,
    IReadOnlyDictionary<string, int> Counts,
    long FileBytes,
    long SampleCount,
    double Seconds
);

/// <param name="File">Its path.</param>
/// <param name="Status"><c>imported</c>, <c>resumed</c>, <c>already-complete</c>, <c>duplicate</c>, <c>failed</c>,
/// <c>not-tried</c> or <c>importable</c>.</param>
/// <param name="Report">What it became; null where it became nothing.</param>
/// <param name="Error">Why it failed; null where it did not.</param>
internal sealed record BulkFile(string File, string Status, ImportReport? Report, Output.ErrorShape? Error);
