using Dendrite.Contracts.Cells;
using Dendrite.Records.Cells;
using Google.Protobuf;

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
}
