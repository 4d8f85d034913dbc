namespace Dendrite.Cli.Records;

/// <summary>What was written, in JSON mode.</summary>
/// <param name="Output">The file.</param>
/// <param name="Dataset">Full name.</param>
/// <param name="Format">For people: <c>CSV</c>, <c>JSON Lines</c>.</param>
/// <param name="FileBytes">Size of the file.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record RecordExportReport(string Output, string Dataset, string Format, long FileBytes, double Seconds);
