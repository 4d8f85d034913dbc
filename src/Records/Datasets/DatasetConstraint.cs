using System.Collections.Immutable;

namespace Dendrite.Records.Datasets;

/// <summary>A rule over more than one column or record.</summary>
/// <param name="Name">Its name, unique in the dataset.</param>
/// <param name="Columns">Numbers of the columns that it speaks of, in order.</param>
public abstract record DatasetConstraint(string Name, ImmutableArray<int> Columns);

/// <summary>No two records have the same values in these columns; records with a null there do not count.</summary>
public sealed record UniqueConstraint(string Name, ImmutableArray<int> Columns) : DatasetConstraint(Name, Columns)
{
    public bool Equals(UniqueConstraint? other) =>
        other is not null && Name == other.Name && Columns.SequenceEqual(other.Columns);

    public override int GetHashCode() => HashCode.Combine(Name, Columns.Length);
}

/// <summary>
/// The values in these columns are the key of a record of another dataset, or one of them is null.
/// </summary>
/// <param name="DatasetId">Id of that dataset, in the same branch; the dataset itself is allowed.</param>
public sealed record ReferenceConstraint(string Name, ImmutableArray<int> Columns, string DatasetId)
    : DatasetConstraint(Name, Columns)
{
    public bool Equals(ReferenceConstraint? other) =>
        other is not null && Name == other.Name && DatasetId == other.DatasetId && Columns.SequenceEqual(other.Columns);

    public override int GetHashCode() => HashCode.Combine(Name, DatasetId, Columns.Length);
}
