using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>Applies changes to a definition, one after the other, without looking at any record.</summary>
public sealed class SchemaChanges
{
    /// <summary>Most changes of one call.</summary>
    public const int MaxChanges = 100;

    private readonly Func<int> takeNumber;
    private readonly Violations violations;
    private SchemaOutcome outcome;
    private string path = "";

    private SchemaChanges(DatasetDefinition definition, Func<int> takeNumber, Violations violations) =>
        (outcome, this.takeNumber, this.violations) = (new(definition), takeNumber, violations);

    private DatasetDefinition Definition => outcome.Definition;

    /// <summary>The definition after all changes; good only where no violation was added.</summary>
    /// <param name="takeNumber">
    /// Gives the number of the next new column: never one that this dataset had in any branch, so that columns that two
    /// branches add stay two columns when they merge.
    /// </param>
    public static SchemaOutcome Apply(
        DatasetDefinition definition,
        IReadOnlyList<SchemaChange> changes,
        Func<int> takeNumber,
        Violations violations
    )
    {
        var applied = new SchemaChanges(definition, takeNumber, violations);
        if (changes.Count is 0 or > MaxChanges)
        {
            violations.Add("changes", $"has {changes.Count}; 1 to {MaxChanges} are allowed");
            return applied.outcome;
        }

        for (var i = 0; i < changes.Count && violations.IsEmpty; i++)
        {
            applied.path = $"changes[{i}]";
            applied.Apply(changes[i]);
            if (violations.IsEmpty)
            {
                applied.CheckRules(changes[i]);
            }
        }

        return applied.outcome;
    }

    private void CheckRules(SchemaChange change)
    {
        var broken = new Violations();
        DefinitionRules.Check(Definition, path, broken);
        foreach (var violation in broken.All)
        {
            violations.Add(FieldOf(change, violation.Field), violation.Problem);
        }
    }

    // The rules speak of the whole definition, and the caller knows only the change that breaks them.
    private string FieldOf(SchemaChange change, string field)
    {
        var part = field[path.Length..];
        var end = part.IndexOf("].", StringComparison.Ordinal);
        var rest = end < 0 ? "" : part[(end + 1)..];
        return change switch
        {
            SchemaChange.AddColumn => $"{path}.add_column{rest}",
            SchemaChange.RenameColumn => $"{path}.rename_column.to",
            SchemaChange.PutConstraint => $"{path}.put_constraint{rest}",
            // What was well before another type came is not well with it.
            SchemaChange.AlterColumn => $"{path}.alter_column.type",
            _ => path,
        };
    }

    private void Apply(SchemaChange change)
    {
        switch (change)
        {
            case SchemaChange.AddColumn add:
                Add(add.Column);
                break;
            case SchemaChange.AlterColumn alter:
                Alter(alter.Column);
                break;
            case SchemaChange.RenameColumn rename:
                Rename(rename);
                break;
            case SchemaChange.DropColumn drop:
                Drop(drop.Column);
                break;
            case SchemaChange.PutConstraint put:
                Put(put.Constraint);
                break;
            case SchemaChange.DropConstraint drop:
                DropConstraint(drop.Constraint);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, "an unknown sort of change");
        }
    }

    private void Add(ColumnSpec spec)
    {
        var column = spec.Build(takeNumber(), $"{path}.add_column", violations);
        // Records that are there have the default of now in it, for ever.
        column = column with
        {
            Fill = column.Default,
        };
        outcome = outcome with
        {
            Definition = Definition with { Columns = Definition.Columns.Add(column) },
            ColumnsToCheck = column is { Required: true, Fill: null }
                ? outcome.ColumnsToCheck.Add(column.Number)
                : outcome.ColumnsToCheck,
        };
    }

    private void Alter(ColumnSpec spec)
    {
        var field = $"{path}.alter_column";
        if (Find(spec.Name, $"{field}.column") is not { } former)
        {
            return;
        }

        var column = spec.Build(former.Number, field, violations);
        if (!violations.IsEmpty || !CanBecome(former, column, $"{field}.type"))
        {
            return;
        }

        var isWidened = former.Type != column.Type;
        column = column with
        {
            Required = column.Required || Definition.IsKey(former),
            FormerTypes = isWidened ? former.FormerTypes.Add(former.Type) : former.FormerTypes,
        };
        column = column with { Fill = column.Widen(former.Fill) };
        var touched = Definition.Constraints.Where(constraint => constraint.Columns.Contains(column.Number));
        outcome = outcome with
        {
            Definition = Definition with { Columns = Definition.Columns.Replace(former, column) },
            ColumnsToCheck = MayRefuseMore(former, column)
                ? outcome.ColumnsToCheck.Add(column.Number)
                : outcome.ColumnsToCheck,
            ConstraintsToCheck = isWidened
                ? outcome.ConstraintsToCheck.Union(touched.Select(constraint => constraint.Name))
                : outcome.ConstraintsToCheck,
        };
    }

    private bool CanBecome(ColumnDefinition former, ColumnDefinition column, string field)
    {
        if (!CellTypes.CanWiden(former.Type, column.Type))
        {
            violations.Add(
                field,
                $"{former.Type.Name()} does not widen to {column.Type.Name()}; integer widens to decimal, any to text"
            );
            return false;
        }

        // The bytes of a key are those of its type, and keys are in every record. Text and enum have the same.
        if (Definition.IsKey(former) && former.Type != column.Type && !former.Type.IsText())
        {
            violations.Add(field, $"{former.Name} is part of the key, whose types never change; make a new dataset");
            return false;
        }

        return true;
    }

    /// <summary>
    /// Whether a column may refuse a value that it took before. Wrong only on the safe side: a rule that is looser may
    /// be checked for nothing.
    /// </summary>
    public static bool MayRefuseMore(ColumnDefinition former, ColumnDefinition column) =>
        (column.Required && !former.Required)
        || (column.Minimum is not null && column.Minimum != former.Minimum)
        || (column.Maximum is not null && column.Maximum != former.Maximum)
        || (column.Pattern is not null && column.Pattern.Text != former.Pattern?.Text)
        || (column.DecimalDigits is { } digits && (former.DecimalDigits is not { } before || digits < before))
        || (
            !column.AllowedValues.IsEmpty
            && (former.AllowedValues.IsEmpty || former.AllowedValues.Except(column.AllowedValues).Any())
        );

    private void Rename(SchemaChange.RenameColumn rename)
    {
        Identifiers.Check(rename.To, $"{path}.rename_column.to", violations);
        if (Find(rename.From, $"{path}.rename_column.from") is { } column)
        {
            outcome = outcome with
            {
                Definition = Definition with
                {
                    Columns = Definition.Columns.Replace(column, column with { Name = rename.To }),
                },
            };
        }
    }

    private void Drop(string name)
    {
        var field = $"{path}.drop_column";
        if (Find(name, field) is not { } column)
        {
            return;
        }

        if (Definition.IsKey(column))
        {
            violations.Add(field, $"{name} is part of the key, which never changes; make a new dataset");
            return;
        }

        if (Definition.Constraints.FirstOrDefault(rule => rule.Columns.Contains(column.Number)) is { } constraint)
        {
            violations.Add(field, $"{name} is used by the constraint {constraint.Name}; drop that first");
            return;
        }

        outcome = outcome with
        {
            Definition = Definition with { Columns = Definition.Columns.Remove(column) },
            ColumnsToCheck = outcome.ColumnsToCheck.Remove(column.Number),
        };
    }

    private void Put(ConstraintSpec spec)
    {
        var constraint = spec.Build(Definition, $"{path}.put_constraint", violations);
        var former = Definition.FindConstraint(spec.Name);
        outcome = outcome with
        {
            Definition = Definition with
            {
                Constraints = former is null
                    ? Definition.Constraints.Add(constraint)
                    : Definition.Constraints.Replace(former, constraint),
            },
            ConstraintsToCheck = outcome.ConstraintsToCheck.Add(spec.Name),
        };
    }

    private void DropConstraint(string name)
    {
        if (Definition.FindConstraint(name) is not { } constraint)
        {
            violations.Add($"{path}.drop_constraint", $"{CellParser.Show(name)} is no constraint of the dataset");
            return;
        }

        outcome = outcome with
        {
            Definition = Definition with { Constraints = Definition.Constraints.Remove(constraint) },
            ConstraintsToCheck = outcome.ConstraintsToCheck.Remove(name),
        };
    }

    private ColumnDefinition? Find(string name, string field)
    {
        var column = Definition.Find(name);
        if (column is null)
        {
            violations.Add(field, $"{CellParser.Show(name)} is no column of the dataset");
        }

        return column;
    }
}
