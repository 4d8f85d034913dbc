using System.Collections.Immutable;
using Dendrite.Records.Cells;

namespace Dendrite.Records.Datasets;

/// <summary>
/// What a dataset is: columns, key, constraints, and what people wrote about it. Immutable; stored as JSON with each
/// version of the dataset (<see cref="DefinitionJson"/>).
/// </summary>
public sealed record DatasetDefinition
{
    /// <summary>A title for people.</summary>
    public string DisplayName { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>In the order in which people see them.</summary>
    public required ImmutableArray<ColumnDefinition> Columns { get; init; }

    /// <summary>Numbers of the columns that make the key, in order. Never changed.</summary>
    public required ImmutableArray<int> Key { get; init; }

    public ImmutableArray<DatasetConstraint> Constraints { get; init; } = [];

    public ImmutableSortedDictionary<string, string> Labels { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// The version that last changed columns or constraints; null: the version of the row that holds this definition,
    /// which is not known before it is written.
    /// </summary>
    public long? SchemaVersion { get; init; }

    /// <summary>The key's columns in order.</summary>
    public IEnumerable<ColumnDefinition> KeyColumns => Key.Select(number => Find(number)!);

    /// <summary>Types of the key's columns in order.</summary>
    public ImmutableArray<CellType> KeyTypes => [.. KeyColumns.Select(column => column.Type)];

    public ColumnDefinition? Find(int number)
    {
        foreach (var column in Columns)
        {
            if (column.Number == number)
            {
                return column;
            }
        }

        return null;
    }

    public ColumnDefinition? Find(string name)
    {
        foreach (var column in Columns)
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    public DatasetConstraint? FindConstraint(string name) =>
        Constraints.FirstOrDefault(constraint => constraint.Name == name);

    public bool IsKey(ColumnDefinition column) => Key.Contains(column.Number);

    /// <summary>Whether columns, key and constraints are the same; titles and labels are left out.</summary>
    public bool HasSchemaOf(DatasetDefinition other) =>
        Columns.SequenceEqual(other.Columns)
        && Key.SequenceEqual(other.Key)
        && Constraints.SequenceEqual(other.Constraints);

    public bool Equals(DatasetDefinition? other) =>
        other is not null
        && HasSchemaOf(other)
        && (DisplayName, Description, SchemaVersion) == (other.DisplayName, other.Description, other.SchemaVersion)
        && Labels.SequenceEqual(other.Labels);

    public override int GetHashCode() => HashCode.Combine(DisplayName, Columns.Length, Key.Length);
}
