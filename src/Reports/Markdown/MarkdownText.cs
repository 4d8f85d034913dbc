using System.Text;
using System.Text.RegularExpressions;
using Dendrite.Reports.Text;

namespace Dendrite.Reports.Markdown;

/// <summary>Plain text in Markdown.</summary>
internal static partial class MarkdownText
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
        // Spaces that a line begins with are not shown; four of them would make code of it.
        var clean = Words.Clean(text).TrimStart(' ');
        foreach (var character in clean)
        {
            if (Special.Contains(character) && !IsPlainColon(character, text))
            {
                escaped.Append('\\');
            }

            escaped.Append(character);
        }

        // Marks that begin a list or a rule do so only at the start of a line.
        var item = ItemNumber().Match(clean);
        return item.Success ? escaped.Insert(item.Length - 1, '\\').ToString()
            : clean is ['-' or '+' or '=', ..] ? $"\\{escaped}"
            : escaped.ToString();
    }

    [GeneratedRegex(@"^[0-9]{1,9}\.(?= |$)", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex ItemNumber();

    private static bool IsPlainColon(char character, string text) =>
        character == ':' && !text.Contains("://", StringComparison.Ordinal);
}
