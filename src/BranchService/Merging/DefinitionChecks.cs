using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.Storage.Merging;

namespace Dendrite.BranchService.Merging;

/// <summary>
/// Checks definitions as the merge shows them: what is well on either side may not be together, such as a column that
/// one side dropped and a constraint over it that the other added. Without a definition that holds, no record of the
/// dataset can be merged or read.
/// </summary>
internal static class DefinitionChecks
{
    /// <summary>What does not hold in a dataset, the references to others aside.</summary>
    /// <param name="row">The dataset on the three sides.</param>
    public static IEnumerable<V1.CheckFailure> Find(MergedDataset dataset, DivergedRow row)
    {
        var sides = new[] { row.Source, row.Target, row.Base }
            .OfType<VersionedSide>()
            .Select(side => MergedDataset.DefinitionOf(side.Columns))
            .ToList();
        var violations = new Violations();
        DefinitionRules.Check(dataset.Definition, dataset.Name, violations);
        // Two columns of one name are a conflict, which is told as one.
        var rules = violations
            .All.Where(violation => !violation.Field.EndsWith("].column", StringComparison.Ordinal))
            .Select(violation => Failure(dataset.Name, $"{violation.Field} {violation.Problem}"));
        var constraints =
            from constraint in dataset.Definition.Constraints
            from number in constraint.Columns
            where dataset.Definition.Find(number) is null
            let name = sides.Select(side => side.Find(number)?.Name).First(found => found is not null)
            select Failure(
                constraint.Name,
                $"{dataset.Name}.{constraint.Name} is over column {name}, which one side dropped"
            );
        var columns =
            from column in dataset.Definition.Columns
            let problem = ProblemOf(column) ?? ProblemOfWidened(column, sides)
            where problem is not null
            select Failure(column.Name, $"{dataset.Name}.{column.Name} {problem}");
        return rules.Concat(constraints).Concat(columns).Concat(FindNarrowed(dataset, row));
    }

    /// <summary>
    /// Columns that are not read as a side wrote them: the result has another type than that to which it widened them.
    /// Where that side's records do not count, they still are in the history. A side that left the type as it was at
    /// the base did not widen it: the other took it back, and <see cref="NarrowedColumns"/> looks at what was written.
    /// </summary>
    private static IEnumerable<V1.CheckFailure> FindNarrowed(MergedDataset dataset, DivergedRow row)
    {
        // A side sees no less than the base: only a revert goes back behind it, and takes types back with it.
        if (row.Source?.Version < row.Base?.Version)
        {
            return [];
        }

        var before = row.Base is null ? null : MergedDataset.DefinitionOf(row.Base.Columns);
        return from side in new[] { row.Source, row.Target }.OfType<VersionedSide>()
            from written in MergedDataset.DefinitionOf(side.Columns).Columns
            let column = dataset.Definition.Find(written.Number)
            where column is not null && column.Type != written.Type && !column.FormerTypes.Contains(written.Type)
            where before?.Find(written.Number)?.Type != written.Type
            select Failure(
                column.Name,
                $"{dataset.Name}.{column.Name} was widened to {written.Type.Name()} by one side, and what that side "
                    + $"wrote cannot be read as {column.Type.Name()}: widen it on the other side too"
            );
    }

    /// <summary>References that do not find a dataset whose key they can hold.</summary>
    /// <param name="datasets">Datasets by name, as the merge shows them; null where there is none.</param>
    public static async Task<IReadOnlyList<V1.CheckFailure>> FindReferencesAsync(
        MergedDataset dataset,
        Func<string, Task<MergedDataset?>> datasets
    )
    {
        var found = new List<V1.CheckFailure>();
        foreach (var reference in dataset.Definition.Constraints.OfType<ReferenceConstraint>())
        {
            var problem = await datasets(reference.DatasetId) is { } target
                ? ReferenceRules.ProblemOf(reference, dataset.Definition, target.Definition)
                : $"refers to dataset {reference.DatasetId}, which is not there after the merge";
            if (problem is not null)
            {
                found.Add(Failure(reference.Name, $"{dataset.Name}.{reference.Name} {problem}"));
            }
        }

        return found;
    }

    /// <summary>What one side asks of a type that the other changed, or of values that the other bounded.</summary>
    private static string? ProblemOf(ColumnDefinition column)
    {
        if (column is { DecimalDigits: { } digits, Type: not CellType.Decimal })
        {
            return $"is {column.Type.Name()} on one side and has {digits} decimal digits on the other";
        }

        if (column is { Pattern: { } pattern, Type: not CellType.Text })
        {
            return $"is {column.Type.Name()} on one side and has the pattern {pattern.Text} on the other";
        }

        if (column is { Minimum: { } low, Maximum: { } high } && low > high)
        {
            return $"has the minimum {low}, which is above the maximum {high}";
        }

        return column.Default is { } value && CellRules.ProblemOf(column, value) is { } problem
            ? $"has a default that it refuses: {problem}"
            : null;
    }

    /// <summary>Bounds of numbers say something else of texts.</summary>
    private static string? ProblemOfWidened(ColumnDefinition column, List<DatasetDefinition> sides)
    {
        var hasBounds = column.Minimum is not null || column.Maximum is not null || !column.AllowedValues.IsEmpty;
        var known = sides.Select(side => side.Find(column.Number)).OfType<ColumnDefinition>().ToList();
        // Whoever widened it said the bounds anew; they may be his.
        var isTold = known.Exists(side =>
            side.Type == column.Type
            && (side.Minimum, side.Maximum) == (column.Minimum, column.Maximum)
            && side.AllowedValues.SequenceEqual(column.AllowedValues)
        );
        var former = known.Find(side => side.Type != column.Type && !side.Type.IsText());
        return hasBounds && !isTold && column.Type.IsText() && former is not null
            ? $"is {column.Type.Name()} on one side, and the other bounds it as {former.Type.Name()}"
            : null;
    }

    private static V1.CheckFailure Failure(string check, string problem) =>
        new() { Check = check, Message = $"{problem}." };
}
