using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Contracts.Cells;

/// <summary>From columns to the contract's.</summary>
public static class ColumnMapper
{
    public static V1.Column ToContract(ColumnDefinition column)
    {
        var contract = new V1.Column
        {
            Column_ = column.Name,
            Type = (V1.ColumnType)column.Type,
            Unit = column.Unit,
            Required = column.Required,
            Minimum = ToValue(column.Minimum),
            Maximum = ToValue(column.Maximum),
            Pattern = column.Pattern?.Text ?? "",
            DefaultValue = ToValue(column.Default),
            Description = column.Description,
        };
        contract.AllowedValues.AddRange(column.AllowedValues.Select(value => ValueMapper.ToValue(value)));
        if (column.DecimalDigits is { } digits)
        {
            contract.DecimalDigits = digits;
        }

        return contract;
    }

    // No bound is absent, not null.
    private static Value? ToValue(CellValue? value) => value is null ? null : ValueMapper.ToValue(value);
}
