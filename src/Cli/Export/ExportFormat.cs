using Dendrite.Cli.Hosting;
using Dendrite.Signals.Edf;

namespace Dendrite.Cli.Export;

/// <summary>A format that is written.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Width">Null for those that are not EDF or BDF.</param>
/// <param name="Variant">Null for the one that fits.</param>
internal sealed record ExportFormat(string Name, EdfSampleWidth? Width = null, EdfVariant? Variant = null)
{
    public static ExportFormat Csv { get; } = new("csv");

    public static ExportFormat Raw { get; } = new("raw");

    private static readonly ExportFormat[] All =
    [
        new("edf", EdfSampleWidth.Edf),
        new("edf+c", EdfSampleWidth.Edf, EdfVariant.EdfPlusContinuous),
        new("edf+d", EdfSampleWidth.Edf, EdfVariant.EdfPlusDiscontinuous),
        new("bdf", EdfSampleWidth.Bdf),
        new("bdf+c", EdfSampleWidth.Bdf, EdfVariant.EdfPlusContinuous),
        new("bdf+d", EdfSampleWidth.Bdf, EdfVariant.EdfPlusDiscontinuous),
        Csv,
        Raw,
    ];

    public static string[] Names { get; } = [.. All.Select(format => format.Name)];

    /// <summary>The one that was named; else by the ending of the file.</summary>
    /// <exception cref="CliException">Nothing says which.</exception>
    public static ExportFormat Of(string? name, string output)
    {
        string wanted = name ?? Path.GetExtension(output).TrimStart('.').ToLowerInvariant();
        return All.FirstOrDefault(format => format.Name == wanted)
            ?? throw new CliException(
                ExitCode.Usage,
                "USAGE",
                $"'{output}' does not say which format: end it in .edf, .bdf, .csv or .raw, or give --format."
            );
    }
}
