using System.Globalization;

namespace Dendrite.Reports.Text;

/// <summary>How figures are written for people: the same on every machine.</summary>
internal static class Numbers
{
    /// <summary>What stands where there is no figure.</summary>
    public const string None = "n/a";

    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    /// <summary>Four significant digits; <see cref="None"/> for NaN and infinities.</summary>
    public static string Value(double value)
    {
        if (!double.IsFinite(value))
        {
            return None;
        }

        var size = Math.Abs(value);
        if (size == 0)
        {
            return "0";
        }

        var text = size is >= 1e6 or < 1e-3
            ? value.ToString("0.###E0", CultureInfo.InvariantCulture).Replace("E", "e", StringComparison.Ordinal)
            : Significant(value, size);
        return Minus(text);
    }

    /// <summary>With its sign, two decimals: effect sizes and correlations.</summary>
    public static string Signed(double value) =>
        double.IsFinite(value) ? Minus(value.ToString("+0.00;-0.00;0.00", CultureInfo.InvariantCulture)) : None;

    /// <summary>Two decimals, for what has no sign.</summary>
    public static string Size(double value) =>
        double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : None;

    /// <summary>With its sign, one decimal: where there is room for no more.</summary>
    public static string Brief(double value) => Minus(value.ToString("+0.0;-0.0;0", CultureInfo.InvariantCulture));

    /// <summary>A bound of a legend: one decimal.</summary>
    public static string Bound(double value) => Minus(value.ToString("0.0", CultureInfo.InvariantCulture));

    /// <summary>A probability; small ones are not told apart, for nobody decides by them.</summary>
    public static string Probability(double p) =>
        !double.IsFinite(p) ? None
        : p < 0.001 ? "< 0.001"
        : p.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>Whole numbers with their thousands apart.</summary>
    public static string Count(long count) => Minus(count.ToString("#,0", CultureInfo.InvariantCulture));

    /// <summary>A part of one, as a percentage; nothing and all only where it is.</summary>
    public static string Percent(double part) =>
        !double.IsFinite(part) ? None
        : part is > 0 and < 0.00005 ? "< 0.01 %"
        : part is >= 0.99995 and < 1 ? "> 99.99 %"
        : Minus((part * 100).ToString("0.##", CultureInfo.InvariantCulture)) + " %";

    /// <summary>The label of a tick that is a multiple of a step: as many decimals as the step needs.</summary>
    public static string Tick(double value, double step)
    {
        var size = Math.Max(Math.Abs(value), step);
        if (size >= 1e5 || step < 1e-4)
        {
            return Value(value);
        }

        var decimals = Math.Max(0, (int)-Math.Floor(Math.Log10(step) + 1e-9));
        return Minus(value.ToString("F" + decimals, CultureInfo.InvariantCulture));
    }

    /// <summary>The label of a tick on a logarithmic axis: plain from 0.01 to 1,000, else a power of ten.</summary>
    public static string LogTick(double value)
    {
        if (value is >= 0.0099 and < 1001)
        {
            return value.ToString("0.##", CultureInfo.InvariantCulture);
        }

        var exponent = (int)Math.Floor(Math.Log10(value) + 1e-9);
        var factor = (int)Math.Round(value / Math.Pow(10, exponent));
        return (factor == 1 ? "10" : $"{factor}·10") + Superscript(exponent);
    }

    private static string Superscript(int exponent) =>
        (exponent < 0 ? "⁻" : "")
        + string.Concat(
            Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0'])
        );

    private static string Significant(double value, double size)
    {
        var decimals = Math.Clamp(3 - (int)Math.Floor(Math.Log10(size)), 0, 6);
        var text = value.ToString("F" + decimals, CultureInfo.InvariantCulture);
        return text.Contains('.') ? text.TrimEnd('0').TrimEnd('.') : text;
    }

    private static string Minus(string text) => text.Replace('-', '\u2212');
}
