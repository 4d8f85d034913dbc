using System.Text;
using Dendrite.Records.Reading;
using Dendrite.Records.Tests.Datasets;

namespace Dendrite.Records.Tests.Reading;

public sealed class RecordSourceTests
{
    private static readonly CsvFormat Format = new() { NullValues = ["NA"] };

    [Fact]
    public async Task CSV_columns_come_in_any_order_and_null_has_no_quotes()
    {
        var read = await CsvAsync("LBSEQ,SEV,USUBJID,LBSTRESN\n1,SEVERE,01-1,NA\n2,,01-1,4.5\n");

        Assert.Equal(["""{"1":"01-1","2":1,"4":"SEVERE"}""", """{"1":"01-1","2":2,"3":"4.50"}"""], read);
    }

    [Fact]
    public async Task Every_bad_row_says_its_line_its_column_and_what_would_be_right()
    {
        var read = await CsvAsync(
            "USUBJID,LBSEQ,SEV\n01-1,1,MILD\n01-1,x,BAD\n01-1,2\n\"01-1\",3,\"NA\"\n01-1,4,MILD\n"
        );

        Assert.Equal(
            [
                """{"1":"01-1","2":1,"4":"MILD"}""",
                "3 LBSEQ: 'x' is not a whole number of at most 64 bits",
                "3 SEV: 'BAD' is not one of MILD, SEVERE",
                "4 : has 2 fields; the first line has 3",
                "5 SEV: 'NA' is not one of MILD, SEVERE",
                """{"1":"01-1","2":4,"4":"MILD"}""",
            ],
            read
        );
    }

    [Theory]
    [InlineData(
        "USUBJID,NOPE\n",
        "1 NOPE: 'NOPE' is no column of the dataset; rename it with column_names (--map)",
        "LBSEQ"
    )]
    [InlineData("USUBJID,LBSEQ,LBSEQ\n", "1 LBSEQ: 'LBSEQ' is named twice", null)]
    [InlineData("USUBJID\n1\n", "1 LBSEQ: LBSEQ is part of the key and not among the columns of the document", null)]
    public async Task A_first_line_that_does_not_fit_ends_the_reading(string document, string expected, string? also)
    {
        var read = await CsvAsync(document);

        Assert.Equal(expected, read[0]);
        Assert.Equal(also is null ? 1 : 2, read.Count);
    }

    [Theory]
    [InlineData("USUBJID;LBSEQ\n", "(--delimiter ';')")]
    [InlineData("USUBJID\tLBSEQ\n", "(--delimiter '\\t')")]
    public async Task A_first_line_with_another_delimiter_says_which(string document, string remedy)
    {
        var read = await CsvAsync(document);

        Assert.Contains(remedy, read[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\uFEFF")]
    [InlineData("\n\r\n\n")]
    public async Task A_document_without_a_first_line_is_refused_and_does_not_stand_for_no_records(string document)
    {
        using var source = new CsvRecordSource(Bytes(document), Example.Laboratory, Format);

        Assert.True(await source.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Contains("the document is empty", Assert.Single(source.BadRows).Problem, StringComparison.Ordinal);
        Assert.True(source.IsUnreadable);
        Assert.False(await source.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Empty(await CsvAsync("USUBJID,LBSEQ\n"));
        Assert.Empty(await ReadAsync(new JsonLinesRecordSource(Bytes(document), Example.Laboratory)));
    }

    [Fact]
    public async Task Columns_of_another_name_are_renamed()
    {
        var format = Format with { ColumnNames = Format.ColumnNames.Add("subject", "USUBJID"), Delimiter = ';' };
        var read = await ReadAsync(new CsvRecordSource(Bytes("subject;LBSEQ\n01-1;1\n"), Example.Laboratory, format));

        Assert.Equal(["""{"1":"01-1","2":1,"4":"MILD"}"""], read);
    }

    [Fact]
    public async Task JSON_lines_are_read_one_by_one_and_bad_ones_named()
    {
        const string Document = """
            {"USUBJID": "01-1", "LBSEQ": 1, "LBSTRESN": 0.10}

            {"USUBJID": "01-1", "LBSEQ": 1.5}
            [1]
            {"USUBJID": "01-1", "LBSEQ": 2
            {"USUBJID": "01-1", "LBSEQ": 3, "NOPE": 1, "LBSEQ": 4}
            {"USUBJID": "01-1", "LBSEQ": 5, "SEV": null}
            """;
        var read = await ReadAsync(new JsonLinesRecordSource(Bytes(Document), Example.Laboratory));

        Assert.Equal(
            [
                """{"1":"01-1","2":1,"3":"0.10","4":"MILD"}""",
                "3 LBSEQ: '1.5' is not a whole number of at most 64 bits",
                "4 : is no JSON object; write a record as {\"column\": value, ...}",
                "5 : is no JSON at character 31",
                "6 LBSEQ: 'LBSEQ' is named twice",
                """{"1":"01-1","2":5}""",
            ],
            read
        );
    }

    [Fact]
    public async Task Bytes_of_another_encoding_are_one_bad_row_and_the_end()
    {
        using var bytes = new MemoryStream([.. "USUBJID,LBSEQ\n"u8, 0xff, (byte)'\n']);
        var read = await ReadAsync(new CsvRecordSource(bytes, Example.Laboratory, Format));

        Assert.Contains("name the right encoding", Assert.Single(read), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_before_a_byte_of_another_encoding_are_read_and_its_line_is_said()
    {
        byte[] csv = [.. "USUBJID,LBSEQ\n01-1,1\n01-1,x\n01-2,\"1"u8, 0xff, .. "\"\n01-3,1\n"u8];
        byte[] json = [.. "\n{\"USUBJID\": \"01-1\", \"LBSEQ\": 1}\n{\"USUBJID\": \"J"u8, 0xfc, .. "rg\"}\n"u8];

        Assert.Equal(
            [
                """{"1":"01-1","2":1,"4":"MILD"}""",
                "3 LBSEQ: 'x' is not a whole number of at most 64 bits",
                "4 : holds bytes [FF] that are no text in this encoding; name the right encoding",
            ],
            await ReadAsync(new CsvRecordSource(new MemoryStream(csv), Example.Laboratory, Format))
        );
        Assert.Equal(
            [
                """{"1":"01-1","2":1,"4":"MILD"}""",
                "3 : holds bytes [FC] that are no text in this encoding; name the right encoding",
            ],
            await ReadAsync(new JsonLinesRecordSource(new MemoryStream(json), Example.Laboratory))
        );
    }

    [Fact]
    public async Task A_document_is_unreadable_from_a_byte_of_another_encoding_on_and_not_for_a_bad_row()
    {
        using var cut = new CsvRecordSource(
            new MemoryStream([.. "USUBJID,LBSEQ\n01-1,1\n"u8, 0xff]),
            Example.Laboratory,
            Format
        );
        using var bad = new CsvRecordSource(Bytes("USUBJID,LBSEQ\n01-1,x\n"), Example.Laboratory, Format);
        await DrainAsync(cut);
        await DrainAsync(bad);

        Assert.True(cut.IsUnreadable);
        Assert.False(bad.IsUnreadable);
    }

    [Theory]
    [InlineData("USUBJID,LBSEQ\n01-1,1\n01-1,\"2\n01-1,3\n", true)]
    [InlineData("USUBJID,\"LBSEQ\n01-1,1\n", true)]
    [InlineData("USUBJID,NOPE\n01-1,1\n", true)]
    [InlineData("USUBJID,LBSEQ\n01-1,1\n01-1,2\"\n01-1,3\n", false)]
    [InlineData("USUBJID,LBSEQ\n01-1,1\n01-1,\"2\"", false)]
    public async Task A_document_is_unreadable_where_its_quotes_or_its_first_line_say_nothing_of_the_rest(
        string document,
        bool isUnreadable
    )
    {
        using var source = new CsvRecordSource(Bytes(document), Example.Laboratory, Format);
        await DrainAsync(source);

        Assert.Equal(isUnreadable, source.IsUnreadable);
    }

    [Fact]
    public async Task A_name_with_half_a_character_is_a_bad_row_and_not_the_end()
    {
        const string Document = """
            {"\ud800": 1}
            {"USUBJID": "01-1", "LBSEQ": 1}
            """;
        var read = await ReadAsync(new JsonLinesRecordSource(Bytes(Document), Example.Laboratory));

        Assert.Equal(
            ["1 : holds half a character (a lone surrogate); check its encoding", """{"1":"01-1","2":1,"4":"MILD"}"""],
            read
        );
    }

    private static Task<List<string>> CsvAsync(string document) =>
        ReadAsync(new CsvRecordSource(Bytes(document), Example.Laboratory, Format));

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    private static async Task DrainAsync(RecordSource source)
    {
        while (await source.ReadAsync(TestContext.Current.CancellationToken)) { }
    }

    private static async Task<List<string>> ReadAsync(RecordSource source)
    {
        using (source)
        {
            var read = new List<string>();
            while (await source.ReadAsync(TestContext.Current.CancellationToken))
            {
                read.AddRange(
                    source.BadRows.Count == 0
                        ? [source.Current.ToDocument().ToJson()]
                        : source.BadRows.Select(bad => $"{bad.Line} {bad.Column}: {bad.Problem}")
                );
            }

            return read;
        }
    }
}
