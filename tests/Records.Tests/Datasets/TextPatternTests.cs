using Dendrite.Records.Datasets;

namespace Dendrite.Records.Tests.Datasets;

/// <summary>Patterns mean what RE2 means by them.</summary>
public sealed class TextPatternTests
{
    [Theory]
    [InlineData(@"\d{4}", "2026", "\u0662\u0660\u0662\u0666")]
    [InlineData(@"\w+", "a_Z9", "\u00fc")]
    [InlineData(@"a\sb", "a b", "a\u00a0b")]
    [InlineData(@"\D", "\u0662", "7")]
    [InlineData(@"\W", "\u00fc", "_")]
    [InlineData(@"\S", "\u00a0", " ")]
    [InlineData(@"[\d.-]+", "1.5-", "\u0662")]
    [InlineData(@"[^\d]", "\u0662", "7")]
    [InlineData(@"[\D5]+", "x5", "7")]
    [InlineData(@"[\s\S]*", "a \n", null)]
    [InlineData("[[:digit:]]{4}", "2026", "d]]]]")]
    [InlineData("[[:alpha:]_[:digit:]]+", "a_9", "-")]
    [InlineData("[^[:space:]]+", "a]", "a b")]
    [InlineData("[[:^digit:]]", "x", "7")]
    [InlineData("[[:punct:]]", "[", "a")]
    [InlineData("[[a]+", "[a", ":")]
    [InlineData("[]a]+", "]a", "b")]
    [InlineData("[^]a]", "b", "]")]
    [InlineData("[-[]", "[", "]")]
    [InlineData(@"[\]\[]+", "[]", "x")]
    [InlineData(@"[[:alpha:]\-[:digit:]]+", "a-1", "a:1")]
    [InlineData(@"[a-z\-[\]]+", "a-[b]", "A")]
    [InlineData(@"\[\d\]", "[1]", "1")]
    [InlineData(@"\\d", @"\d", "1")]
    [InlineData("[0-9]{2}-[0-9]+", "01-1", "x")]
    public void Classes_are_those_of_RE2(string text, string match, string? other)
    {
        var pattern = TextPattern.Parse(text, out var problem);

        Assert.Null(problem);
        Assert.Equal(text, pattern!.Text);
        Assert.True(pattern.Matches(match));
        Assert.False(other is not null && pattern.Matches(other));
    }

    /// <summary>Only a dash that stands for itself may stand before a bracket.</summary>
    [Theory]
    [InlineData("[a-z-[aeiou]]")]
    [InlineData(@"[a-z\--[aeiou]]")]
    [InlineData(@"[[:alpha:]-[:digit:]]")]
    public void A_class_that_some_dialects_take_away_from_is_refused(string text)
    {
        Assert.Null(TextPattern.Parse(text, out var problem));
        Assert.Contains("'-['", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[a-z-[aeiou]]", "b", "a")]
    [InlineData("[[:figure:]]", ":]", "f")]
    [InlineData(@"\d", "7", "x")]
    public void What_stands_already_is_read_as_it_was_meant(string text, string match, string other)
    {
        var pattern = TextPattern.ParseStored(text, out var problem);

        Assert.Null(problem);
        Assert.True(pattern!.Matches(match));
        Assert.False(pattern.Matches(other));
    }
}
