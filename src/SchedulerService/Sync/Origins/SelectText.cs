using Dendrite.Errors;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.SchedulerService.Sync.Origins;

/// <summary>
/// Looks over a query before it is stored: one SELECT that stays within the parentheses that it is put into. What it
/// may
/// reach is for the role of the connection to bound, and that it writes nothing for the read-only transaction; this is
/// so that mistakes are said at once, and that what runs is what was read.
/// </summary>
internal sealed class SelectText
{
    private const int MaxLength = 20_000;
    private static readonly string[] Beginnings = ["SELECT", "WITH", "VALUES", "TABLE"];

    private readonly string text;
    private readonly string field;
    private int at;
    private int depth;
    private int end = -1;

    private SelectText(string text, string field) => (this.text, this.field) = (text, field);

    /// <summary>Whether it names <c>$1</c>.</summary>
    public bool HasParameter { get; private set; }

    /// <summary>The query without what follows it.</summary>
    public string Query => end < 0 ? text : text[..end];

    /// <exception cref="DendriteException">INVALID_ARGUMENT.</exception>
    public static SelectText Parse(string text, string field)
    {
        RequestFields.Text(text, field, MaxLength);
        var select = new SelectText(text, field);
        select.Read();
        return select;
    }

    private void Read()
    {
        var first = "";
        while (at < text.Length)
        {
            var character = text[at];
            if (char.IsWhiteSpace(character))
            {
                at++;
            }
            else if (Skip("--"))
            {
                at = EndOfLine();
            }
            else if (Skip("/*"))
            {
                SkipComment();
            }
            else
            {
                RequireOne();
                var word = WordHere();
                first =
                    first.Length == 0
                        ? word.Length > 0
                            ? word
                            : character.ToString()
                        : first;
                Take(character, word);
            }
        }

        if (!Beginnings.Contains(first.TrimStart('('), StringComparer.OrdinalIgnoreCase) && first != "(")
        {
            throw Invalid($"begins with '{RequestFields.Excerpt(first)}'; only a SELECT is run");
        }

        if (depth > 0)
        {
            throw Invalid("has a parenthesis that is not closed");
        }
    }

    private void RequireOne()
    {
        if (end >= 0)
        {
            throw Invalid("has something after its semicolon; give one SELECT");
        }
    }

    private void Take(char character, string word)
    {
        switch (character)
        {
            case '\'':
                SkipQuoted('\'', escapes: false);
                return;
            case '"':
                SkipQuoted('"', escapes: false);
                return;
            case '$':
                TakeDollar();
                return;
            case '(':
                depth++;
                break;
            case ')' when --depth < 0:
                throw Invalid("closes a parenthesis that it did not open");
            case ';':
                end = at;
                break;
        }

        if (word.Length == 0)
        {
            at++;
            return;
        }

        at += word.Length;
        // E'it\'s': only there a backslash is more than itself.
        if (word is "E" or "e" && at < text.Length && text[at] == '\'')
        {
            SkipQuoted('\'', escapes: true);
        }
    }

    private void TakeDollar()
    {
        var close = at + 1;
        while (close < text.Length && (char.IsLetterOrDigit(text[close]) || text[close] == '_'))
        {
            close++;
        }

        var isTag = close < text.Length && text[close] == '$' && !char.IsAsciiDigit(text[at + 1]);
        if (isTag)
        {
            var tag = text[at..(close + 1)];
            var until = text.IndexOf(tag, close + 1, StringComparison.Ordinal);
            at = until >= 0 ? until + tag.Length : throw Invalid($"has a text that begins with {tag} and does not end");
            return;
        }

        if (text[at..close] != "$1")
        {
            throw Invalid($"has '{RequestFields.Excerpt(text[at..close])}'; only $1, the changed value, is given");
        }

        HasParameter = true;
        at = close;
    }

    private void SkipQuoted(char quote, bool escapes)
    {
        for (at++; at < text.Length; at++)
        {
            if (escapes && text[at] == '\\')
            {
                at++;
            }
            else if (text[at] == quote)
            {
                at++;
                if (at == text.Length || text[at] != quote)
                {
                    return;
                }
            }
        }

        throw Invalid($"has a text in {quote} that does not end");
    }

    // Comments nest in PostgreSQL.
    private void SkipComment()
    {
        for (var open = 1; open > 0; )
        {
            if (at >= text.Length)
            {
                throw Invalid("has a comment that does not end");
            }

            open +=
                Skip("/*") ? 1
                : Skip("*/") ? -1
                : SkipOne();
        }
    }

    private int SkipOne()
    {
        at++;
        return 0;
    }

    private bool Skip(string what)
    {
        if (string.CompareOrdinal(text, at, what, 0, what.Length) != 0)
        {
            return false;
        }

        at += what.Length;
        return true;
    }

    private int EndOfLine() => text.IndexOfAny(['\n', '\r'], at) is var found and >= 0 ? found : text.Length;

    private string WordHere()
    {
        var length = 0;
        if (char.IsLetter(text[at]) || text[at] == '_')
        {
            while (
                at + length < text.Length
                && (char.IsLetterOrDigit(text[at + length]) || text[at + length] is '_' or '$')
            )
            {
                length++;
            }
        }

        return text.Substring(at, length);
    }

    private DendriteException Invalid(string problem) => DendriteException.Invalid(field, problem);
}
