using Dendrite.Records.Reading;

namespace Dendrite.Records.Tests.Reading;

public sealed class TextEncodingsTests
{
    [Theory]
    [InlineData("", "utf-8")]
    [InlineData("latin1", "iso-8859-1")]
    [InlineData("cp1252", "windows-1252")]
    [InlineData("shift_jis", "shift_jis")]
    public void Encodings_are_found_by_the_names_that_people_give_them(string name, string expected) =>
        Assert.Equal(expected, TextEncodings.Find(name)?.WebName);

    [Theory]
    [InlineData("utf-7")]
    [InlineData("unicode-1-1-utf-7")]
    [InlineData("x-unicode-2-0-utf-7")]
    [InlineData("no such encoding")]
    public void UTF_7_by_any_name_and_what_nobody_knows_are_none(string name) => Assert.Null(TextEncodings.Find(name));
}
