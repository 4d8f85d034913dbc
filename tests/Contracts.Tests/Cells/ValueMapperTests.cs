using Dendrite.Contracts.Cells;
using Dendrite.Records.Cells;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Contracts.Tests.Cells;

/// <summary>Cells as the contract's JSON values.</summary>
public class ValueMapperTests
{
    /// <summary>A message whose number is infinite cannot be written as JSON, by anybody.</summary>
    [Theory]
    [InlineData("[1e350]", """[ "1e+350" ]""", false)]
    [InlineData("[-1e350]", """[ "-1e+350" ]""", false)]
    [InlineData("[1e300]", "[ 1e+300 ]", true)]
    [InlineData("""{"n":9007199254740993}""", """{ "n": 9007199254740992 }""", false)]
    [InlineData("""{"n":0.1}""", """{ "n": 0.1 }""", true)]
    [InlineData("[0.10000000000000001]", "[ 0.1 ]", true)]
    [InlineData("[0.10000000000000000001]", "[ 0.1 ]", false)]
    public void Numbers_within_JSON_are_those_of_binary64(string stored, string shown, bool isExact)
    {
        var cell = CellParser.Parse(CellType.Json, null, CellInput.OfField(stored)).Value!.Value;

        Assert.Equal(shown, JsonFormatter.Default.Format(ValueMapper.ToValue(cell)));
        Assert.Equal(isExact, ValueMapper.IsExact(cell));
    }

    [Theory]
    [InlineData("[", "]", 44)]
    [InlineData("{\"a\":", "}", 29)]
    public void JSON_that_is_taken_is_read_in_whatever_answer_it_stands(string open, string close, int times)
    {
        var value = ValueMapper.ToValue(CellParser.Parse(CellType.Json, null, Nested(open, close, times)).Value);
        var definition = new Struct
        {
            Fields =
            {
                ["columns"] = Value.ForList(
                    Value.ForStruct(new Struct { Fields = { ["allowed"] = Value.ForList(value) } })
                ),
            },
        };
        var answer = new V1.PreviewMergeResponse
        {
            Conflicts = { new V1.Conflict { Schema = new() { Base = definition } } },
        };

        Assert.Equal(answer, V1.PreviewMergeResponse.Parser.ParseFrom(answer.ToByteArray()));
        Assert.Equal(Nested(open, close, times).Text, ValueMapper.ToInput(value, out var problem).Text);
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("[", "]", 45)]
    [InlineData("{\"a\":", "}", 30)]
    public void JSON_that_was_stored_deeper_than_is_taken_is_given_as_its_text(string open, string close, int times)
    {
        var stored = Nested(open, close, times).Text;

        var value = ValueMapper.ToValue(CellValue.OfJson(stored));

        Assert.Equal(Value.ForString(stored), value);
    }

    [Theory]
    [InlineData(true, 30)]
    [InlineData(true, 2_000)]
    [InlineData(false, 45)]
    public void A_message_that_is_nested_deeper_than_is_stored_is_refused(bool isObject, int times)
    {
        var value = Value.ForNumber(1);
        for (var i = 0; i < times; i++)
        {
            value = isObject ? Value.ForStruct(new Struct { Fields = { ["a"] = value } }) : Value.ForList(value);
        }

        ValueMapper.ToInput(value, out var problem);

        Assert.StartsWith("is nested deeper than 29 objects or 44 arrays", problem);
    }

    [Theory]
    [InlineData(9_007_199_254_740_991, "9007199254740991")]
    [InlineData(9_007_199_254_740_992, "\"9007199254740992\"")]
    [InlineData(long.MinValue, "\"-9223372036854775808\"")]
    public void Integers_keep_every_digit(long number, string shown)
    {
        var cell = CellParser.Parse(CellType.Integer, null, CellInput.OfField($"{number}")).Value!.Value;

        Assert.Equal(shown, JsonFormatter.Default.Format(ValueMapper.ToValue(cell)));
        Assert.True(ValueMapper.IsExact(cell));
    }

    [Theory]
    [InlineData(CellType.Double, "0.1")]
    [InlineData(CellType.Double, "-0")]
    [InlineData(CellType.Double, "5E-324")]
    [InlineData(CellType.Double, "1.7976931348623157E+308")]
    [InlineData(CellType.Double, "NaN")]
    [InlineData(CellType.Double, "-Infinity")]
    [InlineData(CellType.Integer, "-9223372036854775808")]
    [InlineData(CellType.Decimal, "0.12345678901234567890")]
    [InlineData(CellType.Boolean, "true")]
    [InlineData(CellType.Text, "1.5")]
    [InlineData(CellType.Date, "2026-11-21")]
    [InlineData(CellType.Json, "[1.5,null]")]
    public void What_is_written_exactly_is_taken_by_a_column_of_its_type(CellType type, string text)
    {
        var cell = CellParser.Parse(type, null, CellInput.OfField(text)).Value!.Value;

        var input = ValueMapper.ToInput(ValueMapper.ToExactValue(cell), out var problem);

        Assert.Null(problem);
        var taken = CellParser.Parse(type, null, input);
        Assert.Null(taken.Problem);
        Assert.Equal(cell.ToText(), taken.Value!.Value.ToText());
    }

    private static CellInput Nested(string open, string close, int times) =>
        CellInput.OfField(
            string.Concat(Enumerable.Repeat(open, times)) + 1 + string.Concat(Enumerable.Repeat(close, times))
        );
}
