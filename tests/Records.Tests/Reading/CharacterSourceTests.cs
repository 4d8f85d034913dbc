using System.Text;
using Dendrite.Records.Reading;

namespace Dendrite.Records.Tests.Reading;

/// <summary>What a byte order mark says counts, and is held to like an encoding that was named.</summary>
public sealed class CharacterSourceTests
{
    private const string Document = "id,name\nS1,J\u00fcrg \U0001f9e0\n";

    public static TheoryData<string> Marked { get; } = ["utf-8", "utf-16", "utf-16BE", "utf-32", "utf-32BE"];

    [Theory]
    [MemberData(nameof(Marked))]
    public async Task A_mark_says_the_encoding_whatever_was_named(string name)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. encoding.GetPreamble(), .. encoding.GetBytes(Document)];

        Assert.Equal(["id|name", "S1|J\u00fcrg \U0001f9e0"], await ReadAsync(new MemoryStream(bytes), "windows-1252"));
        Assert.Equal(
            ["id|name", "S1|J\u00fcrg \U0001f9e0"],
            await ReadAsync(new DribblingStream(new MemoryStream(bytes)), "windows-1252")
        );
    }

    [Theory]
    [InlineData("\u00ef\u00bb\u00bfid,name\nS1,J\u00fcrg\n")]
    [InlineData("\u00ff\u00fei\0d\0\n\0\u0000\u00d8\n\0")]
    [InlineData("\u00ff\u00fei\0d\0\n\0\u0000")]
    public async Task Behind_a_mark_what_is_no_text_is_refused_and_not_replaced(string latin)
    {
        var bytes = Encoding.Latin1.GetBytes(latin);

        await Assert.ThrowsAsync<DecoderFallbackException>(() => ReadAsync(new MemoryStream(bytes), "windows-1252"));
        await Assert.ThrowsAsync<DecoderFallbackException>(() =>
            ReadAsync(new DribblingStream(new MemoryStream(bytes)), "windows-1252")
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("\u00ef")]
    [InlineData("\u00ef\u00bb")]
    [InlineData("\u00ff")]
    public async Task What_only_begins_like_a_mark_is_text(string latin)
    {
        var rows = await ReadAsync(new MemoryStream(Encoding.Latin1.GetBytes(latin)), "windows-1252");

        Assert.Equal(latin, string.Concat(rows));
    }

    private static async Task<List<string>> ReadAsync(Stream document, string encoding)
    {
        using var rows = new CsvRows(document, new() { Encoding = TextEncodings.Find(encoding)! });
        var read = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            read.Add(string.Join('|', rows.Fields.Select(field => field.Text)));
        }

        return read;
    }
}
