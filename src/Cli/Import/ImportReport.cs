namespace Dendrite.Cli.Import;

/// <summary>The result of an import, as JSON mode prints it.</summary>
/// <param name="File">The path as it was given.</param>
/// <param name="Sha256">Of the file's bytes.</param>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Branch">Resource name of the branch.</param>
/// <param name="Streams">What the file became.</param>
/// <param name="AnnotationCount">Annotations in the file.</param>
/// <param name="Warnings">Departures from the format, each with field and offset.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ImportReport(
    string File,
    string Sha256,
    long FileBytes,
    string Branch,
    IReadOnlyList<ImportedStream> Streams,
    int AnnotationCount,
    IReadOnlyList<ImportWarning> Warnings,
    double Seconds
);

/// <param name="Stream">Resource name of the stream.</param>
/// <param name="Status"><c>imported</c>, <c>resumed</c> or <c>already-complete</c>.</param>
/// <param name="SampleCount">Samples of each channel.</param>
/// <param name="ChannelCount">Number of channels.</param>
/// <param name="RateHz">Samples a second.</param>
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
);

/// <param name="Kind">The rule that applied (docs/edf-import.md).</param>
internal sealed record ImportWarning(string Kind, string Field, long Offset, string Message);
