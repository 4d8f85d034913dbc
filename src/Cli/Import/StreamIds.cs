using System.Globalization;
using System.Text;

namespace Dendrite.Cli.Import;

/// <summary>Makes stream ids (<c>[a-z]([a-z0-9-]{0,61}[a-z0-9])?</c>) from file names.</summary>
internal static class StreamIds
{
    private const int MaxLength = 63;

    /// <summary>
    /// The file's name without its ending, in lower case, everything else than letters and digits a hyphen.
    /// </summary>
    public static string OfFile(string path)
    {
        var id = new StringBuilder();
        foreach (char c in Path.GetFileNameWithoutExtension(path).ToLowerInvariant())
        {
            bool plain = char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
            if (plain || (id.Length > 0 && id[^1] != '-'))
            {
                id.Append(plain ? c : '-');
            }
        }
        string text = id.ToString().TrimEnd('-');
        string started = text.Length > 0 && char.IsAsciiLetterLower(text[0]) ? text : $"rec-{text}".TrimEnd('-');
        return Fit(started, "");
    }

    /// <summary>
    /// The id of one of several streams of a file: its rate is appended, <c>12.8</c> as <c>12-8hz</c>.
    /// </summary>
    public static string WithRate(string id, decimal rateHz)
    {
        string rate = rateHz.ToString("0.####", CultureInfo.InvariantCulture).Replace('.', '-');
        return Fit(id, $"-{rate}hz");
    }

    private static string Fit(string id, string suffix) =>
        id[..Math.Min(id.Length, MaxLength - suffix.Length)].TrimEnd('-') + suffix;
}
