using System.Globalization;
using System.Text;

namespace Dendrite.Records.Datasets;

/// <summary>
/// The classes of RE2 in the words of .NET, which takes <c>\d</c> for the digits of every script and does not know
/// <c>[[:digit:]]</c>: it reads that as a class of <c>[ : d i g t</c> that a <c>]</c> follows. Here each is written as
/// its ranges: <c>[[:alpha:]\d]</c> becomes <c>[\u0041-\u005A\u0061-\u007A\u0030-\u0039]</c>.
/// </summary>
internal static class PatternClasses
{
    private static readonly Dictionary<string, string> Perl = new(StringComparer.Ordinal)
    {
        ["d"] = "09",
        ["s"] = "\t\n\f\r  ",
        ["w"] = "09AZ__az",
    };

    private static readonly Dictionary<string, string> Posix = new(StringComparer.Ordinal)
    {
        ["alnum"] = "09AZaz",
        ["alpha"] = "AZaz",
        ["ascii"] = "\0\x7f",
        ["blank"] = "\t\t  ",
        ["cntrl"] = "\0\x1f\x7f\x7f",
        ["digit"] = "09",
        ["graph"] = "!~",
        ["lower"] = "az",
        ["print"] = " ~",
        ["punct"] = "!/:@[`{~",
        ["space"] = "\t\r  ",
        ["upper"] = "AZ",
        ["word"] = "09AZ__az",
        ["xdigit"] = "09AFaf",
    };

    /// <summary>An expression of RE2 with its classes as ranges; null where one is none, and then the problem says
    /// why.</summary>
    public static string? Translate(string text, out string? problem)
    {
        problem = null;
        var ranges = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; )
        {
            if (text[i] == '[')
            {
                i = TakeClass(text, i, ranges, out problem);
            }
            else if (TryTakeEscape(text, i, ranges, isInClass: false))
            {
                i += 2;
            }
            else
            {
                ranges.Append(text[i++]);
            }

            if (problem is not null)
            {
                return null;
            }
        }

        return ranges.ToString();
    }

    /// <returns>Where the expression goes on; of a class that has no end at its own, which .NET refuses.</returns>
    private static int TakeClass(string text, int start, StringBuilder ranges, out string? problem)
    {
        problem = null;
        var first = start + 1 < text.Length && text[start + 1] == '^' ? start + 2 : start + 1;
        ranges.Append(text, start, first - start);
        var isAfterDash = false;
        for (var i = first; i < text.Length; )
        {
            if (text[i] == ']' && i > first)
            {
                ranges.Append(']');
                return i + 1;
            }

            if (text[i] == '[')
            {
                i = TakeBracket(text, i, isAfterDash, ranges, out problem);
                isAfterDash = false;
                if (problem is not null)
                {
                    return i;
                }
            }
            else if (TryTakeEscape(text, i, ranges, isInClass: true))
            {
                i += 2;
                isAfterDash = false;
            }
            else
            {
                isAfterDash = text[i] == '-' && i > first;
                ranges.Append(text[i++]);
            }
        }

        return text.Length;
    }

    private static int TakeBracket(string text, int at, bool isAfterDash, StringBuilder ranges, out string? problem)
    {
        problem = null;
        var end =
            at + 1 < text.Length && text[at + 1] == ':' ? text.IndexOf(":]", at + 2, StringComparison.Ordinal) : -1;
        if (isAfterDash)
        {
            problem =
                "has '-[' within a class, which takes away from it in some dialects: write the class that is left";
            return at;
        }

        if (end < 0)
        {
            ranges.Append(@"\[");
            return at + 1;
        }

        var (isNegated, name) = text[at + 2] == '^' ? (true, text[(at + 3)..end]) : (false, text[(at + 2)..end]);
        if (Posix.TryGetValue(name, out var pairs))
        {
            Append(ranges, pairs, isNegated);
        }
        else
        {
            problem = $"names a class '[:{name}:]', which is none; there are {string.Join(", ", Posix.Keys)}";
        }

        return end + 2;
    }

    private static bool TryTakeEscape(string text, int at, StringBuilder ranges, bool isInClass)
    {
        if (text[at] != '\\' || at + 1 == text.Length)
        {
            return false;
        }

        var name = char.ToString(text[at + 1]);
        if (!Perl.TryGetValue(name.ToLowerInvariant(), out var pairs))
        {
            ranges.Append(text, at, 2);
            return true;
        }

        ranges.Append(isInClass ? "" : "[");
        Append(ranges, pairs, isNegated: char.IsUpper(text[at + 1]));
        ranges.Append(isInClass ? "" : "]");
        return true;
    }

    /// <param name="pairs">First and last character of each range, in order.</param>
    private static void Append(StringBuilder ranges, string pairs, bool isNegated)
    {
        var next = 0;
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (!isNegated)
            {
                AppendRange(ranges, pairs[i], pairs[i + 1]);
            }
            else if (next < pairs[i])
            {
                AppendRange(ranges, next, pairs[i] - 1);
            }

            next = pairs[i + 1] + 1;
        }

        if (isNegated)
        {
            AppendRange(ranges, next, char.MaxValue);
        }
    }

    private static void AppendRange(StringBuilder ranges, int first, int last) =>
        ranges.Append(CultureInfo.InvariantCulture, $@"\u{first:X4}-\u{last:X4}");
}
