using System.Collections.Immutable;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>One change of columns or constraints, as a caller asks for it.</summary>
public abstract record SchemaChange
{
    public sealed record AddColumn(ColumnSpec Column) : SchemaChange;

    /// <summary>Gives the column of the same name another definition.</summary>
    public sealed record AlterColumn(ColumnSpec Column) : SchemaChange;

    public sealed record RenameColumn(string From, string To) : SchemaChange;

    public sealed record DropColumn(string Column) : SchemaChange;

    /// <summary>Adds a constraint, or replaces the one of the same name.</summary>
    public sealed record PutConstraint(ConstraintSpec Constraint) : SchemaChange;

    public sealed record DropConstraint(string Constraint) : SchemaChange;
}

/// <summary>A constraint as a caller describes it, not yet checked.</summary>
/// <param name="DatasetId">The dataset that it refers to; null: it is a uniqueness.</param>
public sealed record ConstraintSpec(string Name, ImmutableArray<string> Columns, string? DatasetId)
{
    /// <summary>
    /// The constraint over the columns of a definition; columns that are not there become violations.
    /// </summary>
    public DatasetConstraint Build(DatasetDefinition definition, string path, Violations violations)
    {
        var field = DatasetId is null ? $"{path}.unique.columns" : $"{path}.reference.columns";
        var numbers = ColumnNumbers.Of(definition, Columns, field, violations);
        return DatasetId is null
            ? new UniqueConstraint(Name, numbers)
            : new ReferenceConstraint(Name, numbers, DatasetId);
    }
}
