namespace Dendrite.Cli.Export;

/// <summary>What was written, in JSON mode.</summary>
/// <param name="Output">The file.</param>
/// <param name="Sidecar">The file that describes it; null where there is none.</param>
/// <param name="Format">For people: <c>EDF+C</c>, <c>CSV</c>.</param>
/// <param name="Streams">Full names.</param>
/// <param name="Version">The version that was read.</param>
/// <param name="ChannelCount">Of all streams.</param>
/// <param name="SampleCount">Of each channel of the first stream.</param>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Warnings">What the file does not say that the recording does.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record ExportReport(
    string Output,
    string? Sidecar,
    string Format,
    IReadOnlyList<string> Streams,
    long Version,
    int ChannelCount,
    long SampleCount,
    long FileBytes,
    IReadOnlyList<string> Warnings,
    double Seconds
);
