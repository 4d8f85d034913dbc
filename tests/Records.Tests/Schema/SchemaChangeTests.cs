using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Schema;
using Dendrite.Records.Tests.Datasets;

namespace Dendrite.Records.Tests.Schema;

public sealed class SchemaChangeTests
{
    private static readonly ColumnSpec Note = new("NOTE", CellType.Text);

    public static TheoryData<string, SchemaChange> Refused =>
        new()
        {
            { "add_column.column", new SchemaChange.AddColumn(Note with { Name = "a b" }) },
            { "add_column.column", new SchemaChange.AddColumn(Note with { Name = "usubjid" }) },
            { "alter_column.column", new SchemaChange.AlterColumn(Note) },
            {
                "alter_column.type",
                new SchemaChange.AlterColumn(Example.Result with { Type = CellType.Integer, DecimalDigits = null })
            },
            { "alter_column.type", new SchemaChange.AlterColumn(new("LBSEQ", CellType.Decimal)) },
            { "rename_column.from", new SchemaChange.RenameColumn("NOPE", "X") },
            { "rename_column.to", new SchemaChange.RenameColumn("SEV", "") },
            { "rename_column.to", new SchemaChange.RenameColumn("SEV", "LBSEQ") },
            { "drop_column", new SchemaChange.DropColumn("NOPE") },
            { "drop_column", new SchemaChange.DropColumn("LBSEQ") },
            { "put_constraint.unique.columns[0]", new SchemaChange.PutConstraint(new("u", ["NOPE"], null)) },
            { "put_constraint.constraint", new SchemaChange.PutConstraint(new("1 2", ["SEV"], null)) },
            { "drop_constraint", new SchemaChange.DropConstraint("nope") },
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_change_that_cannot_be_is_refused_at_its_field(string field, SchemaChange change)
    {
        var violations = new Violations();
        SchemaChanges.Apply(Example.Laboratory, [change], () => 100, violations);

        Assert.Equal($"changes[0].{field}", violations.All[0].Field);
    }

    [Fact]
    public void A_column_of_a_constraint_is_dropped_only_after_the_constraint()
    {
        var unique = Apply(new SchemaChange.PutConstraint(new("u", ["SEV"], null)));
        var violations = new Violations();
        SchemaChanges.Apply(unique.Definition, [new SchemaChange.DropColumn("SEV")], () => 100, violations);

        Assert.Contains("constraint u", violations.All[0].Problem, StringComparison.Ordinal);
        var both = SchemaChanges.Apply(
            unique.Definition,
            [new SchemaChange.DropConstraint("u"), new SchemaChange.DropColumn("SEV")],
            () => 100,
            new()
        );
        Assert.Null(both.Definition.Find("SEV"));
    }

    [Fact]
    public void Records_older_than_a_column_have_the_default_of_the_day_it_was_added()
    {
        var document = RecordDocument.Parse("""{"1":"01-1","2":7}""");
        var added = Apply(new SchemaChange.AddColumn(Note with { Default = CellInput.OfString("old") }));
        var altered = Apply(
            added.Definition,
            new SchemaChange.AlterColumn(Note with { Default = CellInput.OfString("new") })
        );

        Assert.Equal("old", RecordCells.Read(altered.Definition, document)[100]!.Value.AsText());
        // A null that somebody wrote stays one.
        var draft = new RecordDraft(altered.Definition);
        draft.Begin(RecordCells.Read(altered.Definition, document));
        draft.Set("NOTE", CellInput.Null);
        Assert.Null(RecordCells.Read(altered.Definition, draft.Complete().ToDocument(document))[100]);
    }

    [Fact]
    public void Renaming_keeps_the_cells_and_dropping_hides_them()
    {
        var document = RecordDocument.Parse("""{"1":"01-1","2":7,"4":"SEVERE"}""");
        var renamed = Apply(new SchemaChange.RenameColumn("SEV", "SEVERITY")).Definition;
        var dropped = Apply(new SchemaChange.DropColumn("SEV")).Definition;

        Assert.Equal("SEVERE", RecordCells.Read(renamed, document)[renamed.Find("SEVERITY")!.Number]!.Value.AsText());
        Assert.Equal(3, RecordCells.Read(dropped, document).Values.Length);
    }

    [Fact]
    public void A_column_can_be_widened_twice_and_old_cells_read_as_the_new_type()
    {
        var grade = new ColumnSpec("GRADE", CellType.Integer);
        var added = Apply(new SchemaChange.AddColumn(grade)).Definition;
        var exact = Apply(added, new SchemaChange.AlterColumn(grade with { Type = CellType.Decimal })).Definition;
        var text = Apply(exact, new SchemaChange.AlterColumn(grade with { Type = CellType.Text })).Definition;
        var document = RecordDocument.Parse("""{"1":"01-1","2":7,"100":12}""");

        Assert.Equal([CellType.Integer, CellType.Decimal], text.Find("GRADE")!.FormerTypes);
        Assert.Equal(CellType.Decimal, RecordCells.Read(exact, document)[100]!.Value.Type);
        Assert.Equal("12", RecordCells.Read(text, document)[100]!.Value.AsText());
    }

    [Fact]
    public void Only_rules_that_may_refuse_more_ask_to_look_at_the_records()
    {
        Assert.False(Apply(new SchemaChange.AlterColumn(Example.Result with { DecimalDigits = 4 })).NeedsRecords);
        Assert.False(Apply(new SchemaChange.AddColumn(Note)).NeedsRecords);
        Assert.False(
            Apply(
                new SchemaChange.AddColumn(Note with { Required = true, Default = CellInput.OfString("-") })
            ).NeedsRecords
        );
        Assert.Equal(
            [3],
            Apply(new SchemaChange.AlterColumn(Example.Result with { DecimalDigits = 1 })).ColumnsToCheck
        );
        Assert.Equal([3], Apply(new SchemaChange.AlterColumn(Example.Result with { Required = true })).ColumnsToCheck);
        Assert.Equal([100], Apply(new SchemaChange.AddColumn(Note with { Required = true })).ColumnsToCheck);
        Assert.Equal(["u"], Apply(new SchemaChange.PutConstraint(new("u", ["SEV"], null))).ConstraintsToCheck);
    }

    [Fact]
    public void A_reference_compares_what_can_be_compared()
    {
        var subjects = Example.Build(
            new NewDataset(
                [new("USUBJID", CellType.Enum) { AllowedValues = [CellInput.OfString("a")] }],
                ["USUBJID"],
                []
            )
        );
        var reference = (ReferenceConstraint)Example.Laboratory.Constraints[0];

        Assert.Null(ReferenceRules.ProblemOf(reference, Example.Laboratory, subjects));
        Assert.NotNull(ReferenceRules.ProblemOf(reference with { Columns = [2] }, Example.Laboratory, subjects));
        Assert.NotNull(ReferenceRules.ProblemOf(reference with { Columns = [1, 2] }, Example.Laboratory, subjects));
    }

    private static SchemaOutcome Apply(params SchemaChange[] changes) => Apply(Example.Laboratory, changes);

    private static SchemaOutcome Apply(DatasetDefinition definition, params SchemaChange[] changes)
    {
        var violations = new Violations();
        var outcome = SchemaChanges.Apply(definition, changes, () => 100, violations);
        Assert.Empty(violations.All);
        return outcome;
    }
}
