using System.Globalization;

namespace Dendrite.Cli.Output;

/// <summary>Numbers for people.</summary>
internal static class Figures
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    public static string Bytes(long bytes)
    {
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
        {
            value /= 1024;
        }
        return unit == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[unit]}");
    }

    public static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary><c>1 run</c>, <c>2 runs</c>.</summary>
    /// <param name="one">The noun of one.</param>
    /// <param name="many">That of several, where it is not the same with an s.</param>
    public static string Count(long count, string one, string? many = null) =>
        $"{Count(count)} {(count == 1 ? one : many ?? $"{one}s")}";

    public static string Rate(double perSecond, string what) =>
        perSecond >= 1e6
            ? string.Create(CultureInfo.InvariantCulture, $"{perSecond / 1e6:0.0} M {what}/s")
            : string.Create(CultureInfo.InvariantCulture, $"{perSecond:#,0} {what}/s");
}
