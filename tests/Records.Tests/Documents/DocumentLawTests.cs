using System.Text;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;

namespace Dendrite.Records.Tests.Documents;

public sealed class DocumentLawTests
{
    private static readonly CellValue Filled = CellValue.OfText("former");

    [Fact]
    public void The_bytes_of_a_record_are_the_text_of_its_document() =>
        Laws.Hold(
            Laws.Values(12),
            values =>
            {
                var inOrder = Record(values, Enumerable.Range(1, values.Length));
                var former = RecordDocument.Empty.With(99, "true");

                Assert.Equal(inOrder.ToDocument().ToJson(), Encoding.UTF8.GetString(inOrder.ToUtf8()));
                Assert.Equal(inOrder.ToDocument(former).ToJson(), Encoding.UTF8.GetString(inOrder.ToUtf8(former)));

                var turned = Record(values, Enumerable.Range(1, values.Length).Reverse());

                Assert.Equal(turned.ToDocument().ToJson(), Encoding.UTF8.GetString(turned.ToUtf8()));
            }
        );

    /// <summary>Each second column says what older records have, so that its nulls are written.</summary>
    private static RecordCells Record(CellValue?[] values, IEnumerable<int> numbers) =>
        new(
            new()
            {
                Columns =
                [
                    .. numbers
                        .Zip(values)
                        .Select(one => new ColumnDefinition(
                            one.First,
                            $"c{one.First}",
                            one.Second?.Type ?? CellType.Text
                        )
                        {
                            Fill = one.First % 2 == 0 ? Filled : null,
                        }),
                ],
                Key = [1],
            },
            [.. values]
        );
}
