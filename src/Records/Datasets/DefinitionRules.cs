using Dendrite.Records.Cells;
using Dendrite.Records.Keys;

namespace Dendrite.Records.Datasets;

/// <summary>What must hold in every definition, new or changed.</summary>
public static class DefinitionRules
{
    public const int MaxColumns = 1_000;
    public const int MaxKeyColumns = 8;
    public const int MaxConstraints = 100;
    public const int MaxConstraintColumns = 8;

    /// <summary>
    /// Adds what is wrong. Whether references find their datasets is checked by who knows the datasets.
    /// </summary>
    /// <param name="path">The proto path of the dataset.</param>
    public static void Check(DatasetDefinition definition, string path, Violations violations)
    {
        if (definition.Columns.Length is 0 or > MaxColumns)
        {
            violations.Add($"{path}.columns", $"has {definition.Columns.Length}; 1 to {MaxColumns} are allowed");
        }

        if (definition.Constraints.Length > MaxConstraints)
        {
            violations.Add(
                $"{path}.constraints",
                $"has {definition.Constraints.Length}; at most {MaxConstraints} are allowed"
            );
        }

        CheckNames(definition, path, violations);
        CheckKey(definition, path, violations);
        for (var i = 0; i < definition.Constraints.Length; i++)
        {
            CheckConstraint(definition, definition.Constraints[i], $"{path}.constraints[{i}]", violations);
        }
    }

    private static void CheckNames(DatasetDefinition definition, string path, Violations violations)
    {
        // Column names that differ only in case would be one column in SQL and a trap in CSV.
        var columns = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < definition.Columns.Length; i++)
        {
            if (!columns.Add(definition.Columns[i].Name))
            {
                var problem = Twice(definition.Columns[i].Name);
                violations.Add($"{path}.columns[{i}].column", problem);
            }
        }

        var constraints = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < definition.Constraints.Length; i++)
        {
            if (!constraints.Add(definition.Constraints[i].Name))
            {
                var problem = Twice(definition.Constraints[i].Name);
                violations.Add($"{path}.constraints[{i}].constraint", problem);
            }
        }
    }

    private static string Twice(string name) =>
        $"{CellParser.Show(name)} is there already; names differ in more than case";

    private static void CheckKey(DatasetDefinition definition, string path, Violations violations)
    {
        var field = $"{path}.key_columns";
        if (definition.Key.Length is 0 or > MaxKeyColumns)
        {
            violations.Add(field, $"has {definition.Key.Length}; 1 to {MaxKeyColumns} are allowed");
        }

        if (definition.Key.Distinct().Count() != definition.Key.Length)
        {
            violations.Add(field, "names a column twice");
        }

        foreach (var column in definition.Key.Select(number => definition.Find(number)).OfType<ColumnDefinition>())
        {
            if (!RecordKey.IsAllowed(column.Type))
            {
                violations.Add(field, $"names {column.Name}, which is {column.Type.Name()}; a key has no JSON");
            }
        }
    }

    private static void CheckConstraint(
        DatasetDefinition definition,
        DatasetConstraint constraint,
        string path,
        Violations violations
    )
    {
        Identifiers.Check(constraint.Name, $"{path}.constraint", violations);
        var field = constraint is UniqueConstraint ? $"{path}.unique.columns" : $"{path}.reference.columns";
        if (constraint.Columns.Length is 0 or > MaxConstraintColumns)
        {
            violations.Add(field, $"has {constraint.Columns.Length}; 1 to {MaxConstraintColumns} are allowed");
        }

        if (constraint.Columns.Distinct().Count() != constraint.Columns.Length)
        {
            violations.Add(field, "names a column twice");
        }

        foreach (var column in constraint.Columns.Select(number => definition.Find(number)).OfType<ColumnDefinition>())
        {
            if (!RecordKey.IsAllowed(column.Type))
            {
                violations.Add(
                    field,
                    $"names {column.Name}, which is JSON; a constraint needs values that have an order"
                );
            }
        }
    }
}
