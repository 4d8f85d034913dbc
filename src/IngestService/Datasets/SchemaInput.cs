using System.Collections.Immutable;
using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Names;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Google.Protobuf.WellKnownTypes;
using Enum = System.Enum;

namespace Dendrite.IngestService.Datasets;

/// <summary>Reads columns and constraints as callers describe them; what makes no sense becomes a violation.</summary>
internal sealed class SchemaInput(Violations violations)
{
    public NewDataset Dataset(V1.Dataset dataset, string path) =>
        new(
            [.. dataset.Columns.Select((column, i) => Column(column, $"{path}.columns[{i}]"))],
            [.. dataset.KeyColumns],
            [.. dataset.Constraints.Select((rule, i) => Constraint(rule, $"{path}.constraints[{i}]"))]
        );

    public SchemaChange? Change(V1.SchemaChange change, string path)
    {
        switch (change.ChangeCase)
        {
            case V1.SchemaChange.ChangeOneofCase.AddColumn:
                return new SchemaChange.AddColumn(Column(change.AddColumn, $"{path}.add_column"));
            case V1.SchemaChange.ChangeOneofCase.AlterColumn:
                return new SchemaChange.AlterColumn(Column(change.AlterColumn, $"{path}.alter_column"));
            case V1.SchemaChange.ChangeOneofCase.RenameColumn:
                return new SchemaChange.RenameColumn(change.RenameColumn.From, change.RenameColumn.To);
            case V1.SchemaChange.ChangeOneofCase.DropColumn:
                return new SchemaChange.DropColumn(change.DropColumn);
            case V1.SchemaChange.ChangeOneofCase.PutConstraint:
                return new SchemaChange.PutConstraint(Constraint(change.PutConstraint, $"{path}.put_constraint"));
            case V1.SchemaChange.ChangeOneofCase.DropConstraint:
                return new SchemaChange.DropConstraint(change.DropConstraint);
            default:
                violations.Add(path, "says nothing; set one of its fields");
                return null;
        }
    }

    private ColumnSpec Column(V1.Column column, string path)
    {
        var type = (CellType)column.Type;
        if (column.Type != V1.ColumnType.Unspecified && !Enum.IsDefined(type))
        {
            violations.Add($"{path}.type", $"{(int)column.Type} is no type of a column");
        }

        return new(column.Column_, Enum.IsDefined(type) ? type : null)
        {
            Unit = column.Unit,
            Description = column.Description,
            Required = column.Required,
            Minimum = Input(column.Minimum, $"{path}.minimum"),
            Maximum = Input(column.Maximum, $"{path}.maximum"),
            AllowedValues = Inputs(column.AllowedValues, $"{path}.allowed_values"),
            Pattern = column.Pattern,
            Default = Input(column.DefaultValue, $"{path}.default_value"),
            DecimalDigits = column.HasDecimalDigits ? column.DecimalDigits : null,
        };
    }

    private ConstraintSpec Constraint(V1.Constraint constraint, string path)
    {
        switch (constraint.RuleCase)
        {
            case V1.Constraint.RuleOneofCase.Unique:
                return new(constraint.Constraint_, [.. constraint.Unique.Columns], null);
            case V1.Constraint.RuleOneofCase.Reference:
                var reference = constraint.Reference;
                if (!ResourceId.IsValid(reference.DatasetId))
                {
                    violations.Add($"{path}.reference.dataset_id", $"is no id of a dataset: {ResourceId.Form}");
                }

                return new(constraint.Constraint_, [.. reference.Columns], reference.DatasetId);
            default:
                violations.Add(path, "asks nothing; set unique or reference");
                return new(constraint.Constraint_, [], null);
        }
    }

    private ImmutableArray<CellInput> Inputs(IEnumerable<Value> values, string path) =>
        [.. values.Select((value, i) => Input(value, $"{path}[{i}]"))];

    private CellInput Input(Value? value, string path)
    {
        var input = ValueMapper.ToInput(value, out var problem);
        if (problem is not null)
        {
            violations.Add(path, problem);
        }

        return input;
    }
}
