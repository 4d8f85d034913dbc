using System.Text.Json;

namespace Dendrite.Signals.Tests.Analysis.Scipy;

/// <summary>What <c>figures.py</c> beside this file wrote: no test needs SciPy.</summary>
internal static class ScipyFigures
{
    private const double Relative = 1e-9;

    public static JsonElement Root { get; } = Load();

    /// <summary>The entries of a list, by name.</summary>
    public static JsonElement Named(string list, string name) =>
        Root.GetProperty(list).EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);

    public static double[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    /// <summary>NaN for null: JSON has none.</summary>
    public static double Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();

    /// <summary>Equal to 1e-9 of its size.</summary>
    public static void AssertClose(double expected, double actual, string what)
    {
        bool isClose = double.IsNaN(expected)
            ? double.IsNaN(actual)
            : Math.Abs(actual - expected) <= Math.Abs(expected) * Relative;
        Assert.True(isClose, $"{what}: {actual:R}, and SciPy says {expected:R}");
    }

    private static JsonElement Load()
    {
        using var stream = typeof(ScipyFigures).Assembly.GetManifestResourceStream("scipy-figures.json")!;
        return JsonDocument.Parse(stream).RootElement.Clone();
    }
}
