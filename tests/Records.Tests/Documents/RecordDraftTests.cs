using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Records.Tests.Datasets;

namespace Dendrite.Records.Tests.Documents;

public sealed class RecordDraftTests
{
    [Fact]
    public void A_record_gets_defaults_and_is_stored_by_column_number()
    {
        var cells = Complete(("USUBJID", "01-1"), ("LBSEQ", "7"), ("LBSTRESN", "38"));

        Assert.Equal("""{"1":"01-1","2":7,"3":"38.00","4":"MILD"}""", cells.ToDocument().ToJson());
        Assert.Equal("01-1,7", RecordId.Format(cells.KeyValues().AsSpan()));
        Assert.True(RecordCells.Read(Example.Laboratory, cells.ToDocument()).HasSameValues(cells));
    }

    [Fact]
    public void Every_cell_at_fault_is_named_with_what_is_allowed()
    {
        var problems = Problems(("USUBJID", "x"), ("LBSEQ", "0"), ("LBSTRESN", "1.234"), ("SEV", "BAD"), ("NOPE", "1"));

        Assert.Equal(
            [
                "LBSTRESN: '1.234' has more than 2 digits after the point; round it first",
                "NOPE: 'NOPE' is no column of the dataset",
                "USUBJID: 'x' does not match the pattern [0-9]{2}-[0-9]+",
                "LBSEQ: '0' is below the minimum 1",
                "SEV: 'BAD' is not one of MILD, SEVERE",
            ],
            problems.Select(problem => $"{problem.Column}: {problem.Problem}")
        );
    }

    [Fact]
    public void A_key_needs_all_its_values()
    {
        var problem = Assert.Single(Problems(("USUBJID", "01-1")));

        Assert.Equal(("LBSEQ", CellProblemKind.Malformed), (problem.Column, problem.Kind));
    }

    [Fact]
    public void A_key_longer_than_an_index_takes_is_refused()
    {
        var problem = Assert.Single(Problems(("USUBJID", "01-" + new string('1', 2_000)), ("LBSEQ", "1")));

        Assert.Contains("at most 1024", problem.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Changing_a_record_keeps_the_cells_of_columns_that_this_branch_no_longer_has()
    {
        var stored = RecordDocument.Parse("""{"1": "01-1", "2": 7, "99": {"of": "another branch"}}""");
        var draft = new RecordDraft(Example.Laboratory);
        draft.Begin(RecordCells.Read(Example.Laboratory, stored));
        draft.Set("SEV", CellInput.OfString("SEVERE"));

        var document = draft.Complete().ToDocument(stored);

        Assert.Equal("""{"1":"01-1","2":7,"4":"SEVERE","99":{"of":"another branch"}}""", document.ToJson());
    }

    [Fact]
    public void What_jsonb_respells_is_the_same_document()
    {
        var ours = RecordDocument.Parse("""{"1":1e+22,"2":0.0000001,"3":{"b":1,"a":2.5}}""");
        var theirs = RecordDocument.Parse(
            """{"1": 10000000000000000000000, "2": 0.00000010, "3": {"a": 2.50, "b": 1.0}}"""
        );

        Assert.Equal(ours, theirs);
        Assert.Equal(ours.Digest(), theirs.Digest());
    }

    [Fact]
    public void Digests_of_constraints_tell_values_columns_and_types_apart()
    {
        var constraint = new UniqueConstraint("u", [1, 2]);
        var digest = ConstraintDigest.Of(constraint, Complete(("USUBJID", "01-1"), ("LBSEQ", "7")));

        Assert.Equal(
            digest,
            ConstraintDigest.Of(constraint with { Name = "v" }, Complete(("USUBJID", "01-1"), ("LBSEQ", "7")))
        );
        Assert.NotEqual(digest, ConstraintDigest.Of(constraint, Complete(("USUBJID", "01-1"), ("LBSEQ", "8"))));
        Assert.NotEqual(
            digest,
            ConstraintDigest.Of(new UniqueConstraint("u", [2, 1]), Complete(("USUBJID", "01-1"), ("LBSEQ", "7")))
        );
        Assert.Null(
            ConstraintDigest.Of(new UniqueConstraint("u", [1, 3]), Complete(("USUBJID", "01-1"), ("LBSEQ", "7")))
        );
    }

    private static RecordCells Complete(params (string Column, string Text)[] cells)
    {
        var draft = Draft(cells);
        var complete = draft.Complete();
        Assert.Empty(draft.Problems);
        return complete;
    }

    private static IReadOnlyList<CellProblem> Problems(params (string Column, string Text)[] cells)
    {
        var draft = Draft(cells);
        draft.Complete();
        return draft.Problems;
    }

    private static RecordDraft Draft((string Column, string Text)[] cells)
    {
        var draft = new RecordDraft(Example.Laboratory);
        draft.Begin();
        foreach (var (column, text) in cells)
        {
            draft.Set(column, CellInput.OfField(text));
        }

        return draft;
    }
}
