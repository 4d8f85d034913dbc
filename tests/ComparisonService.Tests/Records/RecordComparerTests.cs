using System.Text;
using Dendrite.ComparisonService.Records;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Records;

namespace Dendrite.ComparisonService.Tests.Records;

public sealed class RecordComparerTests
{
    [Theory]
    [InlineData(CellType.Json, "\"x\"")]
    [InlineData(CellType.Json, "[1,{\"a\":2}]")]
    [InlineData(CellType.Json, "1e+21")]
    [InlineData(CellType.Double, "1e-7")]
    [InlineData(CellType.Integer, "\"9007199254740993\"")]
    [InlineData(CellType.Decimal, "\"12.50\"")]
    public void A_record_has_not_changed_where_a_side_widened_its_column(CellType type, string cell)
    {
        var narrow = Side(new(2, "v", type));
        var wide = Side(new(2, "v", CellType.Text) { FormerTypes = [type] });
        var stored = Stored(cell);

        Assert.Null(new RecordComparer(new("d", narrow, wide), false).Compare(stored.Key, stored, stored));
        Assert.Null(new RecordComparer(new("d", wide, narrow), false).Compare(stored.Key, stored, stored));
        var other = new RecordComparer(new("d", narrow, wide), false).Compare(stored.Key, stored, Stored("\"other\""));
        Assert.Equal("other", Assert.Single(other!.Cells).To!.Value.AsText());
    }

    private static DatasetSide Side(ColumnDefinition column) =>
        new(new(1), new(1), new() { Columns = [new(1, "id", CellType.Text), column], Key = [1] });

    private static StoredRecord Stored(string cell) =>
        new("k"u8.ToArray(), new(1), new(1), Encoding.UTF8.GetBytes($$"""{"1":"k","2":{{cell}}}"""));
}
