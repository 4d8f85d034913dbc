using System.Text;
using Dendrite.Records.Cells;
using Dendrite.Records.Reading;
using Dendrite.Records.Schema;
using Dendrite.Records.Tests.Datasets;
using Dendrite.Records.Writing;

namespace Dendrite.Records.Tests.Writing;

/// <summary>What is exported loads back equal, whatever the value and whatever stands for null.</summary>
public sealed class RoundTripTests
{
    [Fact]
    public void CSV_loads_back_equal() =>
        Laws.Hold(
            Laws.Value,
            value =>
            {
                var (definition, values) = Record(value);
                // What stands for null here is what the value looks like.
                var format = new CsvFormat { NullValues = ["NA", value.ToText()], Delimiter = ';' };
                var writer = new CsvRecordWriter(definition.Columns, format);
                var output = new StringBuilder();
                writer.WriteHeader(output);
                writer.Write(output, values);

                using var source = new CsvRecordSource(Bytes(output), definition, format);
                AssertReads(source, values);
            }
        );

    [Fact]
    public void JSON_lines_load_back_equal() =>
        Laws.Hold(
            Laws.Value,
            value =>
            {
                var (definition, values) = Record(value);
                var output = new StringBuilder();
                new JsonLinesRecordWriter(definition.Columns).Write(output, values);

                using var source = new JsonLinesRecordSource(Bytes(output), definition);
                AssertReads(source, values);
            }
        );

    private static (Dendrite.Records.Datasets.DatasetDefinition, CellValue?[]) Record(CellValue value)
    {
        var allowed = value.Type == CellType.Enum ? [CellInput.OfString(value.AsText())] : (CellInput[])[];
        var definition = Example.Build(
            new NewDataset(
                [
                    new("id", CellType.Integer),
                    new("v", value.Type) { AllowedValues = [.. allowed] },
                    new("w", CellType.Text) { Default = CellInput.OfString("default") },
                ],
                ["id"],
                []
            )
        );
        return (definition, [CellValue.OfInteger(1), value, null]);
    }

    private static void AssertReads(RecordSource source, CellValue?[] values)
    {
        // All of it is in memory: there is nothing to wait for.
        var read = source.ReadAsync(CancellationToken.None);
        Assert.True(read.IsCompletedSuccessfully && read.Result);
        Assert.Empty(source.BadRows);
        Assert.Equal(values, source.Current.Values);
    }

    private static MemoryStream Bytes(StringBuilder text) => new(Encoding.UTF8.GetBytes(text.ToString()));
}
