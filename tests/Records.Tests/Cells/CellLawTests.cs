using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Tests.Cells;

public sealed class CellLawTests
{
    [Fact]
    public void The_stored_form_of_a_value_reads_back_equal_and_is_canonical() =>
        Laws.Hold(
            Laws.Value,
            value =>
            {
                using var stored = JsonDocument.Parse(value.ToJson());

                Assert.Equal(value, new ColumnDefinition(1, "c", value.Type).Read(stored.RootElement));
                Assert.Equal(value.ToJson(), CanonicalJson.OfStored(stored.RootElement));
            }
        );

    [Fact]
    public void The_text_of_a_value_reads_back_equal() =>
        Laws.Hold(
            Laws.Value,
            value => CellParser.Parse(value.Type, null, CellInput.OfField(value.ToText())).Value == value
        );

    [Fact]
    public void Order_is_total_and_equality_and_hashes_agree_with_it() =>
        Laws.Hold(
            Laws.Pair,
            pair =>
                Math.Sign(pair.Left.CompareTo(pair.Right)) == -Math.Sign(pair.Right.CompareTo(pair.Left))
                && pair.Left.Equals(pair.Right) == (pair.Left.CompareTo(pair.Right) == 0)
                && (!pair.Left.Equals(pair.Right) || pair.Left.GetHashCode() == pair.Right.GetHashCode())
        );

    [Fact]
    public void Widening_to_text_keeps_how_each_value_is_written() =>
        Laws.Hold(
            Laws.Value,
            value =>
            {
                using var stored = JsonDocument.Parse(value.ToJson());
                var column = new ColumnDefinition(1, "c", CellType.Text) { FormerTypes = [value.Type] };
                // A JSON string becomes its content: its quotes were never part of what it says.
                var expected =
                    stored.RootElement.ValueKind == JsonValueKind.String
                        ? stored.RootElement.GetString()
                        : value.ToText();

                Assert.Equal(expected, column.Read(stored.RootElement)!.Value.AsText());
            }
        );

    [Fact]
    public void Widening_an_integer_to_a_decimal_keeps_its_value_and_its_order() =>
        Laws.Hold(
            Laws.Pair,
            pair =>
            {
                if (pair.Left.Type != CellType.Integer)
                {
                    return true;
                }

                var (left, right) = (AsDecimal(pair.Left), AsDecimal(pair.Right));
                return left.ToText() == pair.Left.ToText() && left.CompareTo(right) == pair.Left.CompareTo(pair.Right);
            }
        );

    private static CellValue AsDecimal(CellValue integer)
    {
        using var stored = JsonDocument.Parse(integer.ToJson());
        var column = new ColumnDefinition(1, "c", CellType.Decimal) { FormerTypes = [CellType.Integer] };
        return column.Read(stored.RootElement)!.Value;
    }
}
