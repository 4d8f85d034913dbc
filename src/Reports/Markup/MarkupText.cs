using System.Text;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Markup;

/// <summary>Plain text in HTML and SVG, as content or as the value of an attribute in quotes.</summary>
internal static class MarkupText
{
    /// <summary>
    /// Cleaned, and with what begins or ends markup as references. All else stands as it is, for pages are UTF-8: a
    /// letter beyond ASCII takes its two to four bytes, and not the six or more of a reference.
    /// </summary>
    public static string Escape(string text)
    {
        var clean = Words.Clean(text);
        if (clean.AsSpan().IndexOfAny("&<>\"'") < 0)
        {
            return clean;
        }

        var escaped = new StringBuilder(clean.Length + 16);
        foreach (var character in clean)
        {
            _ = character switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(character),
            };
        }

        return escaped.ToString();
    }

    /// <summary>What the text takes in a page.</summary>
    public static int BytesOf(string text) => Encoding.UTF8.GetByteCount(Escape(text));
}
