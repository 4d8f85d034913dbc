using Dendrite.IngestService.Records;
using Dendrite.Records.Cells;

namespace Dendrite.IngestService.Tests.Records;

public sealed class WriteLimitsTests
{
    [Theory]
    [InlineData(CellType.Integer, "9223372036854775807", 32, 32)]
    [InlineData(CellType.Boolean, "true", 32, 32)]
    [InlineData(CellType.Text, "a thousand", 52, 52)]
    [InlineData(CellType.Enum, "a thousand", 52, 52)]
    [InlineData(CellType.Json, "[1,2,3,40]", 52, 52)]
    [InlineData(CellType.Decimal, "12.50", 73, 76)]
    [InlineData(CellType.Uuid, "2f1e4c9a-8d3b-4a57-9c60-1b2d3e4f5a6b", 64, 64)]
    public void A_cell_counts_what_it_takes_up(CellType type, string text, int least, int most)
    {
        var cell = CellParser.Parse(type, null, CellInput.OfField(text)).Value;

        Assert.NotNull(cell);
        Assert.InRange(WriteLimits.SizeOf(cell), least, most);
        Assert.Equal(WriteLimits.CellBytes, WriteLimits.SizeOf(null));
    }

    [Fact]
    public void A_decimal_of_many_digits_is_not_counted_as_one_of_few()
    {
        var cell = CellParser.Parse(CellType.Decimal, null, CellInput.OfField(new string('9', 1_000))).Value;

        // No less than it takes up: 40 for the object, 24 for the array of its digits, and those.
        Assert.InRange(WriteLimits.SizeOf(cell), 32 + 40 + 416, 1_000);
    }
}
