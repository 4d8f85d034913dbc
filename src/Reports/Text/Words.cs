using System.Text;
using Dendrite.Reports.Document;

namespace Dendrite.Reports.Text;

/// <summary>How names and texts of users are shown.</summary>
internal static class Words
{
    /// <summary>
    /// The text without what no page can show: control characters, halves of pairs and marks that turn the direction of
    /// what follows become U+FFFD, so that a name cannot pass for another one. Lines are joined by spaces.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            clean.Append(
                rune.Value is '\n' or '\r' or '\t' ? " "
                : Rune.IsControl(rune) || IsDirection(rune.Value) ? "\uFFFD"
                : rune.ToString()
            );
        }

        return clean.ToString();
    }

    /// <summary>Cleaned, and cut where it is longer than <paramref name="length"/> characters.</summary>
    public static string Short(string text, int length = ReportLimits.TextLength)
    {
        var clean = Clean(text);
        if (clean.Length <= length)
        {
            return clean;
        }

        var end = char.IsHighSurrogate(clean[length - 2]) ? length - 2 : length - 1;
        return clean[..end] + "…";
    }

    /// <summary>The last part of a resource name.</summary>
    public static string Id(string name) => name[(name.LastIndexOf('/') + 1)..];

    /// <summary><c>1 channel</c>, <c>2 channels</c>.</summary>
    public static string Count(long count, string noun, string? plural = null) =>
        $"{Numbers.Count(count)} {(count == 1 ? noun : plural ?? noun + "s")}";

    private static bool IsDirection(int rune) =>
        rune is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0x200E or 0x200F or 0x061C;
}
