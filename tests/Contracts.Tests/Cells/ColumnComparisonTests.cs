using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Filters;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Contracts.Tests.Cells;

public sealed class ColumnComparisonTests
{
    [Fact]
    public void A_value_that_a_column_cannot_have_is_named_once_and_with_its_place()
    {
        var definition = new DatasetDefinition { Columns = [new(1, "age", CellType.Integer)], Key = [1] };
        var comparison = (FilterComparison)FilterParser.Parse("age = old", "selection.filter")!;

        var refusal = Assert.Throws<DendriteException>(() => ColumnComparison.Read(comparison, definition));

        Assert.Equal(ErrorReason.InvalidFilter, refusal.Reason);
        Assert.StartsWith("selection.filter: 'old' is not ", refusal.Message, StringComparison.Ordinal);
        Assert.EndsWith(", at character 7.", refusal.Message, StringComparison.Ordinal);
    }
}
