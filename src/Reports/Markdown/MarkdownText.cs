using System.Text;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Markdown;

/// <summary>Plain text in Markdown.</summary>
internal static class MarkdownText
{
    /// <summary>
    /// What Markdown, the HTML in it, or its tables read otherwise; with the colon, which makes a link of an address.
    /// A backslash before any of them makes it itself.
    /// </summary>
    private const string Special = "\\`*_{}[]<>()#|~&!$:";

    /// <summary>The text so that it reads as itself wherever it stands: no link, no markup, no further cell.</summary>
    public static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var character in Words.Clean(text))
        {
            if (Special.Contains(character) && !IsPlainColon(character, text))
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        // Marks that begin a list or a rule do so only at the start of a line.
        return escaped.Length > 0 && escaped[0] is '-' or '+' or '=' ? $"\\{escaped}" : escaped.ToString();
    }

    private static bool IsPlainColon(char character, string text) =>
        character == ':' && !text.Contains("://", StringComparison.Ordinal);
}
