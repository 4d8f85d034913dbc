namespace Dendrite.Storage.Tests;

public sealed class BriefTextTests
{
    [Theory]
    [InlineData("", 3, "", "")]
    [InlineData("abc", 3, "abc", "abc")]
    [InlineData("abcd", 3, "abc", "ab…")]
    [InlineData("ab🧠", 4, "ab🧠", "ab🧠")]
    [InlineData("ab🧠c", 4, "ab🧠", "ab…")]
    [InlineData("ab🧠c", 3, "ab", "ab…")]
    [InlineData("a🧠bc", 3, "a🧠", "a…")]
    [InlineData("🧠🧠", 1, "", "…")]
    public void A_text_is_cut_between_characters(string text, int length, string cut, string shortened)
    {
        Assert.Equal(cut, BriefText.Cut(text, length));
        Assert.Equal(shortened, BriefText.Shorten(text, length));
    }
}
