using System.Text;
using Dendrite.Records.Reading;

namespace Dendrite.Records.Tests.Reading;

public sealed class CsvRowsTests
{
    [Theory]
    [InlineData("a,b\r\nc,d\r\n", "1:a|b 2:c|d")]
    [InlineData("a,b\nc,d", "1:a|b 2:c|d")]
    [InlineData("a,b\rc,d\r", "1:a|b 2:c|d")]
    [InlineData("a,\r\n,b\r\n", "1:a|- 2:-|b")]
    [InlineData("\"\",\"a\"\"b\"\n", "1:''|'a\"b'")]
    [InlineData("\"a,b\",c\n", "1:'a,b'|c")]
    [InlineData("\"x\r\ny\nz\",c\r\nd,e", "1:'x\r\ny\nz'|c 4:d|e")]
    [InlineData("\"x\ry\",c\rd,e", "1:'x\ry'|c 3:d|e")]
    [InlineData("\"\r\n\n\r\",c\nd,e", "1:'\r\n\n\r'|c 5:d|e")]
    [InlineData("\"\r\"\"\n\",c\nd,e", "1:'\r\"\n'|c 4:d|e")]
    [InlineData("a\n\n\r\nb\n", "1:a 4:b")]
    [InlineData("", "")]
    [InlineData("a b, c \n", "1:a b| c ")]
    public async Task Rows_are_cut_as_RFC_4180_has_it_and_know_their_line(string document, string expected)
    {
        // Also where every character arrives alone.
        Assert.Equal(expected, await ReadAsync(document, dribble: false));
        Assert.Equal(expected, await ReadAsync(document, dribble: true));
    }

    [Theory]
    [InlineData("a\n\"b\"c\nd\n", "1:a 2!has characters after a closing quote 3:d")]
    [InlineData("a\nb\"c\nd\n", "1:a 2!has a quote inside a field without quotes 3:d")]
    [InlineData("a\n\"b\nc", "1:a 2!ends inside quotes")]
    public async Task A_broken_row_is_named_and_the_next_one_read(string document, string expected)
    {
        Assert.Equal(expected, await ReadAsync(document, dribble: false));
        Assert.Equal(expected, await ReadAsync(document, dribble: true));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    [InlineData("windows-1252")]
    [InlineData("latin-1")]
    public async Task Encodings_are_read_by_their_name(string name)
    {
        var encoding = TextEncodings.Find(name)!;
        using var rows = new CsvRows(
            new MemoryStream(encoding.GetBytes("Größe,Ängström\n")),
            new() { Encoding = encoding }
        );

        Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(["Größe", "Ängström"], rows.Fields.Select(field => field.Text));
    }

    [Fact]
    public async Task A_byte_order_mark_counts_more_than_what_was_said()
    {
        var marked = Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("ä\n")).ToArray();
        using var rows = new CsvRows(new MemoryStream(marked), new CsvFormat());

        Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal("ä", rows.Fields[0].Text);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_refused_and_not_replaced()
    {
        using var rows = new CsvRows(new MemoryStream([(byte)'a', 0xff, (byte)'\n']), new CsvFormat());

        await Assert.ThrowsAsync<DecoderFallbackException>(async () => await rows.ReadAsync(default));
    }

    [Theory]
    [InlineData("utf-7")]
    [InlineData("klingon")]
    [InlineData("utf-8\0")]
    public void An_encoding_that_is_none_is_not_found(string name) => Assert.Null(TextEncodings.Find(name));

    [Theory]
    [InlineData("xx", false)]
    [InlineData("\"x", true)]
    [InlineData("\"\"", true)]
    public async Task A_row_without_an_end_costs_no_more_than_its_limit_and_within_quotes_is_the_last(
        string begin,
        bool isLost
    )
    {
        var document = begin + string.Concat(Enumerable.Repeat(begin[^1], 4_500_000)) + "\nb\n";
        using var rows = new CsvRows(new MemoryStream(Encoding.UTF8.GetBytes(document)), new CsvFormat());

        Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Contains("longer than 4000000", rows.Problem, StringComparison.Ordinal);
        Assert.Equal(isLost, rows.IsLost);
        Assert.Equal(!isLost, await rows.ReadAsync(TestContext.Current.CancellationToken));
        if (!isLost)
        {
            Assert.Equal("b", rows.Fields[0].Text);
        }
    }

    private static async Task<string> ReadAsync(string document, bool dribble)
    {
        Stream stream = new MemoryStream(Encoding.UTF8.GetBytes(document));
        using var rows = new CsvRows(dribble ? new DribblingStream(stream) : stream, new CsvFormat());
        var read = new List<string>();
        while (await rows.ReadAsync(TestContext.Current.CancellationToken))
        {
            var problem = rows.Problem?.Split(';')[0];
            var fields = rows.Fields.Select(field =>
                field.IsQuoted ? $"'{field.Text}'"
                : field.Text is "" ? "-"
                : field.Text
            );
            read.Add(problem is null ? $"{rows.Line}:{string.Join('|', fields)}" : $"{rows.Line}!{problem}");
        }

        return string.Join(' ', read);
    }
}
