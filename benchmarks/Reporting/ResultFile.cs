using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Dendrite.Benchmarks.Reporting;

/// <summary>
/// Results as JSON: a list of <c>{case, value, unit, baseline, baseline_value, ratio, aim, met}</c>.
/// </summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        // Aims hold < and >; the file is not a web page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static async Task WriteAsync(
        string path,
        IReadOnlyCollection<BenchmarkResult> results,
        CancellationToken cancellationToken
    )
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        await using var file = File.Create(path);
        await JsonSerializer.SerializeAsync(file, results.Select(Line.From), Options, cancellationToken);
    }

    private sealed record Line(
        string Case,
        double Value,
        string Unit,
        string Baseline,
        double BaselineValue,
        double Ratio,
        string? Aim,
        bool? Met
    )
    {
        public static Line From(BenchmarkResult result) =>
            new(
                result.Case,
                Math.Round(result.Value, 3),
                result.Unit,
                result.Baseline,
                Math.Round(result.BaselineValue, 3),
                Math.Round(result.Ratio, 3),
                result.Aim?.ToString(),
                result.Met
            );
    }
}
