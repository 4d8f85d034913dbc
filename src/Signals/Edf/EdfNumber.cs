using System.Globalization;

namespace Dendrite.Signals.Edf;

/// <summary>Numbers in header fields of eight characters.</summary>
internal static class EdfNumber
{
    public const int Width = 8;

    // From the least to the most digits behind the point, or of the mantissa.
    private static readonly string[] Fixed = [.. Enumerable.Range(0, 8).Select(digits => $"F{digits}")];
    private static readonly string[] Exponential =
    [
        .. Enumerable.Range(0, 5).Select(digits => $"0.{new string('#', digits)}E0"),
    ];

    /// <summary>
    /// The shortest text that reads back as this very number; longer than the field where none fits.
    /// </summary>
    public static string Write(double value)
    {
        string shortest = WithoutZero(value.ToString("R", CultureInfo.InvariantCulture));
        return shortest.Length <= Width && !shortest.Contains('E')
            ? shortest
            : Candidates(value).FirstOrDefault(text => Parse(text).Equals(value)) ?? shortest;
    }

    /// <summary>Exact; longer than the field where it does not fit.</summary>
    public static string Write(decimal value) =>
        value.ToString("0.############################", CultureInfo.InvariantCulture);

    public static bool Fits(decimal value) => Write(value).Length <= Width;

    public static bool Fits(double value) => Write(value).Length <= Width;

    /// <summary>The number nearest to this one that a field holds.</summary>
    public static double Nearest(double value) =>
        Fits(value) ? value : Candidates(value).Select(Parse).MinBy(candidate => Math.Abs(candidate - value));

    /// <summary>
    /// A number that a field holds, at or beyond this one in a direction, by no more than a few units of the last
    /// digit that a field of its size has.
    /// </summary>
    /// <param name="value">Returned as it is where it is no finite number.</param>
    /// <param name="upwards">Not below; otherwise not above.</param>
    public static double Beyond(double value, bool upwards)
    {
        if (!double.IsFinite(value) || Fits(value))
        {
            return value;
        }
        // How many digits fit depends on sign, point and exponent: -1.2345E-4 has three, and -1.2345E-10 two. So look
        // further and further out, until the nearest is beyond.
        double least = Math.Max(Math.Abs(value) * 1e-9, double.Epsilon);
        for (double margin = upwards ? least : -least; ; margin *= 2)
        {
            double nearest = Nearest(value + margin);
            if (upwards ? nearest >= value : nearest <= value)
            {
                return nearest;
            }
        }
    }

    private static IEnumerable<string> Candidates(double value) =>
        Fixed
            .Concat(Exponential)
            .Select(format => WithoutZero(value.ToString(format, CultureInfo.InvariantCulture)))
            .Where(text => text.Length <= Width);

    private static double Parse(string text) => double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary><c>0.0001234</c> has a digit too many, <c>.0001234</c> does not.</summary>
    private static string WithoutZero(string text) =>
        text.Length <= Width ? text
        : text.StartsWith("0.", StringComparison.Ordinal) ? text[1..]
        : text.StartsWith("-0.", StringComparison.Ordinal) ? $"-{text[2..]}"
        : text;
}
