using System.Collections.Immutable;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>A dataset as a caller describes it, not yet checked.</summary>
public sealed record NewDataset(
    ImmutableArray<ColumnSpec> Columns,
    ImmutableArray<string> KeyColumns,
    ImmutableArray<ConstraintSpec> Constraints
)
{
    /// <summary>The definition, with columns numbered from 1; good only where no violation was added.</summary>
    /// <param name="path">The proto path of the dataset.</param>
    public DatasetDefinition Build(string path, Violations violations)
    {
        var columns = Columns.Select((column, i) => column.Build(i + 1, $"{path}.columns[{i}]", violations));
        var definition = new DatasetDefinition { Columns = [.. columns], Key = [] };
        var key = ColumnNumbers.Of(definition, KeyColumns, $"{path}.key_columns", violations);
        definition = definition with
        {
            Key = key,
            // Null is in no key: what validation does anyway, the schema says.
            Columns =
            [
                .. definition.Columns.Select(column =>
                    key.Contains(column.Number) ? column with { Required = true } : column
                ),
            ],
        };
        definition = definition with
        {
            Constraints =
            [
                .. Constraints.Select((spec, i) => spec.Build(definition, $"{path}.constraints[{i}]", violations)),
            ],
        };
        // An unknown column of the key is a violation already; that the key is then empty is none of its own.
        if (violations.IsEmpty)
        {
            DefinitionRules.Check(definition, path, violations);
        }

        return definition;
    }
}
