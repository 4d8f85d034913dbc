using System.Collections.Immutable;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;

namespace Dendrite.Records.Tests.Datasets;

/// <summary>A dataset of laboratory values, as most tests use it.</summary>
internal static class Example
{
    public static ColumnSpec Subject { get; } = new("USUBJID", CellType.Text) { Pattern = "[0-9]{2}-[0-9]+" };
    public static ColumnSpec Sequence { get; } = new("LBSEQ", CellType.Integer) { Minimum = CellInput.OfDouble(1) };
    public static ColumnSpec Result { get; } = new("LBSTRESN", CellType.Decimal) { DecimalDigits = 2, Unit = "g/L" };

    public static ColumnSpec Severity { get; } =
        new("SEV", CellType.Enum)
        {
            AllowedValues = [CellInput.OfString("MILD"), CellInput.OfString("SEVERE")],
            Default = CellInput.OfString("MILD"),
        };

    public static ConstraintSpec ToSubjects { get; } = new("subject", ["USUBJID"], "dm");

    public static DatasetDefinition Laboratory { get; } =
        Build(new NewDataset([Subject, Sequence, Result, Severity], ["USUBJID", "LBSEQ"], [ToSubjects]));

    public static DatasetDefinition Build(NewDataset dataset)
    {
        var violations = new Violations();
        var definition = dataset.Build("dataset", violations);
        Assert.Empty(violations.All);
        return definition;
    }

    public static ImmutableArray<string> Refusals(NewDataset dataset)
    {
        var violations = new Violations();
        dataset.Build("dataset", violations);
        return [.. violations.All.Select(violation => violation.Field)];
    }
}
