using Dendrite.Records.Cells;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Tests.Keys;

public sealed class RecordKeyTests
{
    [Theory]
    [InlineData(CellType.Text, "ab", "616200")]
    [InlineData(CellType.Integer, "-1", "7fffffffffffffff")]
    [InlineData(CellType.Integer, "258", "8000000000000102")]
    [InlineData(CellType.Boolean, "true", "01")]
    [InlineData(CellType.Double, "1", "bff0000000000000")]
    [InlineData(CellType.Double, "-1", "400fffffffffffff")]
    [InlineData(CellType.Double, "NaN", "ffffffffffffffff")]
    [InlineData(CellType.Date, "2026-11-21", "000b4a64")]
    [InlineData(CellType.Timestamp, "1970-01-01T00:00:01Z", "80000000000f4240")]
    [InlineData(CellType.Uuid, "00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff")]
    [InlineData(CellType.Decimal, "0.00", "80")]
    [InlineData(CellType.Decimal, "12.50", "c080020d3300")]
    [InlineData(CellType.Decimal, "-12.5", "3f7ffdf2ccff")]
    [InlineData(CellType.Enum, "MILD", "4d494c4400")]
    public void The_bytes_of_a_key_never_change(CellType type, string text, string hex) =>
        Assert.Equal(hex, Convert.ToHexStringLower(RecordKey.Encode(Value(type, text))));

    [Fact]
    public void What_a_large_value_took_is_not_kept_for_the_next_key()
    {
        RecordKey.Encode(CellValue.OfText("a"));
        var writer = KeyWriter.Begin();
        Assert.Same(writer, KeyWriter.Begin());
        RecordKey.Encode(CellValue.OfText(new('a', CellParser.MaxTextLength)));

        Assert.NotSame(writer, KeyWriter.Begin());
    }

    [Fact]
    public void The_id_of_a_record_says_its_key_in_a_form_that_survives_a_name()
    {
        var id = RecordId.Format(Value(CellType.Text, "a/b,c d"), Value(CellType.Decimal, "12.50"));

        Assert.Equal("a%2Fb%2Cc%20d,12.5", id);
    }

    [Theory]
    [InlineData("a", "has 1 part between commas; the key has 2 columns")]
    [InlineData("a,b", "'b' is not a whole number of at most 64 bits")]
    [InlineData(",1", "part 1 is empty")]
    [InlineData("a%,1", "'a%' is not percent-encoded UTF-8")]
    [InlineData("%FF,1", "'%FF' is not percent-encoded UTF-8")]
    [InlineData("a b,1", "'a b' is not percent-encoded UTF-8")]
    [InlineData("a%00,1", "holds a NUL character, which cannot be stored; remove it")]
    public void An_id_that_is_none_is_refused_with_the_reason(string id, string expected)
    {
        Assert.Null(RecordId.Parse(id, [CellType.Text, CellType.Integer], out var problem));
        Assert.Equal(expected, problem);
    }

    private static CellValue Value(CellType type, string text) =>
        CellParser.Parse(type, null, CellInput.OfField(text)).Value!.Value;
}
