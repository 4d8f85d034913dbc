using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Tests.Cells;

public sealed class CellParserTests
{
    [Theory]
    [InlineData(CellType.Text, "\"ä\"", "\"ä\"")]
    [InlineData(CellType.Integer, "9007199254740993", "\"9007199254740993\"")]
    [InlineData(CellType.Integer, "\"12\"", "12")]
    [InlineData(CellType.Integer, "1e3", "1000")]
    [InlineData(CellType.Decimal, "\"-012.50\"", "\"-12.50\"")]
    [InlineData(CellType.Decimal, "0.1", "\"0.1\"")]
    [InlineData(CellType.Double, "-0.0", "0")]
    [InlineData(CellType.Double, "1E22", "1e+22")]
    [InlineData(CellType.Double, "\"NaN\"", "\"NaN\"")]
    [InlineData(CellType.Boolean, "true", "true")]
    [InlineData(CellType.Date, "\"2024-02-29\"", "\"2024-02-29\"")]
    [InlineData(CellType.Timestamp, "\"2026-11-21T10:30:00.250000+02:00\"", "\"2026-11-21T08:30:00.25Z\"")]
    [InlineData(CellType.Uuid, "\"2F1E4C9A-8D3B-4A57-9C60-1B2D3E4F5A6B\"", "\"2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b\"")]
    [InlineData(CellType.Json, "{\"b\": 1.50, \"a\": [1E2, null]}", "{\"a\":[100,null],\"b\":1.5}")]
    [InlineData(CellType.Json, "123456789012345678901234567890", "1.2345678901234567890123456789e+29")]
    public void What_JSON_gives_is_kept_in_one_form(CellType type, string json, string canonical) =>
        Assert.Equal(canonical, Parse(type, json).Value!.Value.ToJson());

    [Theory]
    [InlineData(CellType.Text, "5", "is not a string")]
    [InlineData(CellType.Text, "\"a\\u0000\"", "NUL")]
    [InlineData(CellType.Text, "\"\\ud800\"", "lone surrogate")]
    [InlineData(CellType.Integer, "1.5", "whole number")]
    [InlineData(CellType.Integer, "9223372036854775808", "whole number")]
    [InlineData(CellType.Integer, "\"12 \"", "whole number")]
    [InlineData(CellType.Integer, "\"1\\u0000\"", "NUL")]
    [InlineData(CellType.Integer, "1e999999999", "whole number")]
    [InlineData(CellType.Decimal, "\"1,5\"", "decimal number")]
    [InlineData(CellType.Decimal, "\"1e1001\"", "decimal number")]
    [InlineData(CellType.Double, "\"1.5\"", "a number")]
    [InlineData(CellType.Double, "1e999", "a number")]
    [InlineData(CellType.Boolean, "\"true\"", "true or false")]
    [InlineData(CellType.Date, "\"2023-02-29\"", "a day")]
    [InlineData(CellType.Date, "\"2023-2-9\"", "a day")]
    [InlineData(CellType.Timestamp, "\"2026-11-21T08:30:00\"", "an instant")]
    [InlineData(CellType.Timestamp, "\"2026-11-21T08:30:00.1234567Z\"", "an instant")]
    [InlineData(CellType.Timestamp, "\"2026-11-21T24:00:00Z\"", "an instant")]
    [InlineData(CellType.Uuid, "\"{2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b}\"", "a UUID")]
    [InlineData(CellType.Json, "{\"a\":1,\"a\":2}", "twice")]
    [InlineData(CellType.Json, "[1e401]", "beyond 10^400")]
    public void What_is_no_value_of_the_type_is_refused_with_what_would_be(
        CellType type,
        string json,
        string expected
    ) => Assert.Contains(expected, Parse(type, json).Problem, StringComparison.Ordinal);

    [Fact]
    public void Numbers_that_binary64_may_have_rounded_are_refused_where_exactness_is_promised()
    {
        var decimalNumber = CellParser.Parse(CellType.Decimal, null, CellInput.OfDouble(0.1 + 0.2));
        var integer = CellParser.Parse(CellType.Integer, null, CellInput.OfDouble(9007199254740994));
        var first = CellParser.Parse(CellType.Integer, null, CellInput.OfDouble(9007199254740993));
        var last = CellParser.Parse(CellType.Integer, null, CellInput.OfDouble(-9007199254740991));

        Assert.Contains("give it as a string", decimalNumber.Problem, StringComparison.Ordinal);
        Assert.Contains("give it as a string", integer.Problem, StringComparison.Ordinal);
        Assert.Contains("give it as a string", first.Problem, StringComparison.Ordinal);
        Assert.Equal(-9007199254740991, last.Value?.AsInteger());
    }

    [Fact]
    public void A_decimal_gets_the_digits_of_its_column_and_is_never_rounded()
    {
        Assert.Equal("\"1.50\"", CellParser.Parse(CellType.Decimal, 2, CellInput.OfField("1.5")).Value!.Value.ToJson());
        Assert.Equal(
            "\"1.50\"",
            CellParser.Parse(CellType.Decimal, 2, CellInput.OfField("1.5000")).Value!.Value.ToJson()
        );
        Assert.Contains(
            "more than 2 digits",
            CellParser.Parse(CellType.Decimal, 2, CellInput.OfField("1.505")).Problem,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("[", "]", 45)]
    [InlineData("{\"a\":", "}", 30)]
    [InlineData("[{\"a\":", "}]", 18)]
    public void JSON_nested_beyond_what_a_message_holds_is_refused_but_read_where_it_is_stored(
        string open,
        string close,
        int times
    )
    {
        using var fitting = Nested(times - 1);
        using var deeper = Nested(times);

        Assert.Null(Refusal(fitting.RootElement));
        Assert.StartsWith("is nested deeper than 29 objects or 44 arrays", Refusal(deeper.RootElement));
        var text = deeper.RootElement.GetRawText();
        Assert.NotNull(CellParser.Parse(CellType.Json, null, CellInput.OfField(text)).Problem);
        var column = new ColumnDefinition(1, "v", CellType.Json);
        Assert.Equal(text, column.Read(deeper.RootElement)!.Value.AsText());
        // As an answer gives it: sent back, it would be a string from then on.
        Assert.StartsWith("is the text of JSON", column.Parse(CellInput.OfString(text)).Problem);
        Assert.Null(column.Parse(CellInput.OfString(fitting.RootElement.GetRawText())).Problem);

        JsonDocument Nested(int count) =>
            JsonDocument.Parse(
                string.Concat(Enumerable.Repeat(open, count)) + 1 + string.Concat(Enumerable.Repeat(close, count))
            );
    }

    [Fact]
    public void JSON_of_a_field_is_measured_as_it_is_stored_and_read_again()
    {
        var field = CellInput.OfField($"[{string.Join(',', Enumerable.Repeat("1e20", 50_000))}]");

        Assert.Contains(
            "at most 1000000",
            CellParser.Parse(CellType.Json, null, field).Problem,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""[{"a\udc00":1}]""")]
    public void A_member_whose_name_is_half_a_character_is_refused(string json)
    {
        var field = CellParser.Parse(CellType.Json, null, CellInput.OfField(json));

        Assert.Equal(
            "holds half a character (a lone surrogate); check its encoding",
            Parse(CellType.Json, json).Problem
        );
        Assert.Equal("holds half a character (a lone surrogate); check its encoding", field.Problem);
    }

    private static string? Refusal(JsonElement element)
    {
        CellInput.OfJson(element, out var problem);
        return problem;
    }

    private static CellResult Parse(CellType type, string json)
    {
        using var document = JsonDocument.Parse(json);
        var input = CellInput.OfJson(document.RootElement, out var problem);
        return problem is null ? CellParser.Parse(type, null, input) : CellResult.Refuse(problem);
    }
}
