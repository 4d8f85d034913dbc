using System.Text.Json;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Contracts.Cells;

/// <summary>The columns of a dataset as the platform tells them.</summary>
public static class DatasetReader
{
    /// <summary>Without constraints over several records, which the platform checks.</summary>
    public static DatasetDefinition Read(Dataset dataset)
    {
        // What the platform has was checked when it was made: nothing is found here.
        var violations = new Violations();
        var columns = dataset
            .Columns.Select((column, i) => SpecOf(column).Build(i + 1, "columns", violations))
            .ToList();
        return new()
        {
            Columns = [.. columns],
            Key = [.. dataset.KeyColumns.Select(name => columns.First(column => column.Name == name).Number)],
        };
    }

    private static ColumnSpec SpecOf(Column column) =>
        new(column.Column_, (CellType)column.Type)
        {
            Required = column.Required,
            Minimum = InputOf(column.Minimum),
            Maximum = InputOf(column.Maximum),
            AllowedValues = [.. column.AllowedValues.Select(InputOf)],
            Pattern = column.Pattern,
            Default = InputOf(column.DefaultValue),
            DecimalDigits = column.HasDecimalDigits ? column.DecimalDigits : null,
        };

    private static CellInput InputOf(Value? value)
    {
        if (value is null)
        {
            return CellInput.Null;
        }

        using var json = JsonDocument.Parse(value.ToString());
        return CellInput.OfJson(json.RootElement, out _);
    }
}
