using System.Collections.Immutable;
using Dendrite.Records.Datasets;

namespace Dendrite.Records.Schema;

/// <summary>A changed definition, and what the records have to meet before it may hold.</summary>
/// <param name="Definition">The dataset as it would be.</param>
public sealed record SchemaOutcome(DatasetDefinition Definition)
{
    /// <summary>
    /// Columns whose rules may be tighter now: each record's value must pass <see cref="CellRules"/>.
    /// </summary>
    public ImmutableSortedSet<int> ColumnsToCheck { get; init; } = [];

    /// <summary>
    /// Constraints that are new or whose columns changed type: each record must meet them, and their digests are new.
    /// </summary>
    public ImmutableSortedSet<string> ConstraintsToCheck { get; init; } =
        ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>Whether records have to be read at all.</summary>
    public bool NeedsRecords => !ColumnsToCheck.IsEmpty || !ConstraintsToCheck.IsEmpty;
}
