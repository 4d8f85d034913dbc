using System.Text.RegularExpressions;

namespace Dendrite.Records.Datasets;

/// <summary>
/// A regular expression that a whole text must match. It runs in time linear in the text, whatever the expression, as
/// RE2 does: what needs backtracking (back references, look-around) is refused. Classes are those of RE2, too:
/// <c>\d</c>, <c>\w</c> and <c>\s</c> know ASCII, and <c>[[:alpha:]]</c> is one.
/// </summary>
public sealed class TextPattern
{
    /// <summary>Longest pattern in UTF-16 characters.</summary>
    public const int MaxLength = 1_000;

    private readonly Regex regex;

    private TextPattern(string text, Regex regex) => (Text, this.regex) = (text, regex);

    /// <summary>As it was given.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern; null where it is none, and then the problem says why.</summary>
    public static TextPattern? Parse(string text, out string? problem)
    {
        problem = null;
        if (text.Length > MaxLength)
        {
            problem = $"has {text.Length} characters; at most {MaxLength} are allowed";
            return null;
        }

        return PatternClasses.Translate(text, out problem) is { } translated
            ? Compile(text, translated, out problem)
            : null;
    }

    /// <summary>
    /// As <see cref="Parse"/>, of a pattern that was taken when .NET's classes were: one that RE2 does not know goes on
    /// as it was meant.
    /// </summary>
    public static TextPattern? ParseStored(string text, out string? problem) =>
        Compile(text, PatternClasses.Translate(text, out _) ?? text, out problem);

    public bool Matches(string text) => regex.IsMatch(text);

    private static TextPattern? Compile(string text, string translated, out string? problem)
    {
        problem = null;
        try
        {
            const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
            // Compiled twice: ")|(" alone is no expression, but it is one in the parentheses below.
            _ = new Regex(text, Linear, Regex.InfiniteMatchTimeout);
            return new TextPattern(text, new Regex($@"\A(?:{translated})\z", Linear, Regex.InfiniteMatchTimeout));
        }
        catch (ArgumentException failure)
        {
            problem = $"is no regular expression: {failure.Message}";
        }
        catch (NotSupportedException)
        {
            problem = "needs backtracking (a back reference or look-around) or is too large; write it as RE2 allows";
        }

        return null;
    }
}
