using System.Collections.Immutable;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>Columns by name, where a caller may name any.</summary>
internal static class ColumnNumbers
{
    public static ImmutableArray<int> Of(
        DatasetDefinition definition,
        ImmutableArray<string> names,
        string field,
        Violations violations
    )
    {
        var numbers = ImmutableArray.CreateBuilder<int>(names.Length);
        for (var i = 0; i < names.Length; i++)
        {
            if (definition.Find(names[i]) is { } column)
            {
                numbers.Add(column.Number);
            }
            else
            {
                violations.Add($"{field}[{i}]", $"{CellParser.Show(names[i])} is no column of the dataset");
            }
        }

        return numbers.ToImmutable();
    }
}
