using System.Text;
using Dendrite.Records.Reading;

namespace Dendrite.Records.Tests.Reading;

public sealed class ColumnInferenceTests
{
    [Fact]
    public async Task The_narrowest_type_that_takes_every_value_is_proposed()
    {
        var found = await ReadAsync(
            "i,d,f,b,day,at,code,t,none,phone\n"
                + "1,1.5,1e5,true,2026-11-21,2026-11-21T08:00:00Z,007,x,NA,+49\n"
                + "-2,NA,0.1,false,2024-02-29,2026-11-21T08:00:00.5Z,8,1,NA,1\n"
        );

        Assert.Equal(
            [
                "i Integer False",
                "d Decimal True",
                "f Double False",
                "b Boolean False",
                "day Date False",
                "at Timestamp False",
                "code Text False",
                "t Text False",
                "none Text True",
                "phone Text False",
            ],
            found.Columns.Select(column => $"{column.Name} {column.Type} {column.HasNulls}")
        );
    }

    [Theory]
    [InlineData("a,b\nx,1\nx,2\n", "b")]
    [InlineData("study,subject,seq\ns,1,1\ns,1,2\ns,2,1\n", "subject+seq")]
    [InlineData("a,b\nx,1\nx,1\n", "")]
    [InlineData("a\nNA\nx\n", "")]
    public async Task The_first_columns_without_nulls_and_twins_are_the_key(string document, string key) =>
        Assert.Equal(key, string.Join('+', (await ReadAsync(document)).ProposeKey()));

    [Theory]
    [InlineData("", "empty")]
    [InlineData("a,b\n1\n", "Line 2 has 1 fields; the first line has 2.")]
    [InlineData("a\n\"b\n", "Line 2 ends inside quotes")]
    public async Task What_is_no_table_is_refused_with_its_line(string document, string expected)
    {
        var failure = await Assert.ThrowsAsync<FormatException>(() => ReadAsync(document));

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static Task<ColumnInference> ReadAsync(string document) =>
        ColumnInference.ReadAsync(
            new MemoryStream(Encoding.UTF8.GetBytes(document)),
            new CsvFormat { NullValues = ["NA"] },
            TestContext.Current.CancellationToken
        );
}
