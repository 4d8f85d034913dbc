using Dendrite.Versioning.Merging;
using Dendrite.Versioning.Tests.Histories;

namespace Dendrite.Versioning.Tests.Merging;

/// <summary>Rows of one key on timelines that are numbered as their rows: what they come together to.</summary>
public sealed class CrosswiseBaseTests
{
    private static readonly SeenRow<string, int> First = Row(1, new(1, 1));

    [Fact]
    public void Of_rows_that_one_writer_saw_all_of_the_base_is_what_it_wrote() =>
        Demand(new(4, 4), [First, Row(2, new(2, 1), 1), Row(3, new(1, 3), 1), Row(4, new(4, 4), 1, 2, 3)]);

    [Fact]
    public void Different_cells_of_rows_beside_each_other_come_together() =>
        Demand(new(2, 3), [First, Row(2, new(2, 1), 1), Row(3, new(1, 3), 1)]);

    [Fact]
    public void A_cell_that_went_back_to_what_was_before_is_open_beside_a_change_of_it()
    {
        // Who merged 4 before 5 went back to 1, and who merged 5 alone had nothing to go back from.
        var found = Demand(new(null, 3), [First, Row(2, new(3, 1), 1), Row(4, new(2, 3), 1), Row(5, new(1, 3), 1, 4)]);

        Assert.Equal(["a"], found.OpenColumns);
    }

    [Fact]
    public void A_change_counts_against_what_its_own_writer_saw()
    {
        // 2 and 3 both turn 1 into 2, and whoever saw but one of them may have turned it back since: as 4 did.
        var found = Demand(
            new(null, 9),
            [First, Row(2, new(2, 9), 1), Row(3, new(2, 1), 1), Row(4, new(1, 1), 1, 3), Row(5, new(2, 9), 1, 2, 3)]
        );

        Assert.Equal(["a"], found.OpenColumns);
    }

    [Fact]
    public void A_cell_that_two_changed_differently_is_open_and_others_are_not()
    {
        var found = Demand(new(null, 1), [First, Row(2, new(2, 1), 1), Row(3, new(3, 1), 1)]);

        Assert.Equal(["a"], found.OpenColumns);
    }

    [Fact]
    public void Whether_there_is_a_row_is_open_where_one_deleted_what_another_changed() =>
        Assert.True(Find([First, Row(2, null, 1), Row(3, new(3, 1), 1)]).IsOpen);

    [Fact]
    public void A_row_that_was_deleted_by_both_is_not_there() =>
        Demand(null, [First, Row(2, null, 1), Row(3, null, 1)]);

    [Fact]
    public void Two_that_merged_crosswise_and_chose_differently_leave_the_cell_open_also_for_those_behind_them()
    {
        // 4 and 5 both saw 2 and 3, and their base is what these come together to: open.
        var found = Find([
            First,
            Row(2, new(2, 1), 1),
            Row(3, new(3, 1), 1),
            Row(4, new(2, 1), 1, 2, 3),
            Row(5, new(3, 7), 1, 2, 3),
        ]);

        Assert.Equal(["a"], found.OpenColumns);
        Assert.Equal(7, found.Cells!["b"]);
    }

    [Fact]
    public void Equal_changes_of_what_may_have_been_added_up_are_open()
    {
        var rule = new CrosswiseBase<string, int>(new IntegerRules(), column => column == "a");

        var found = rule.Find([First, Row(2, new(3, 2), 1), Row(3, new(3, 2), 1)]);

        Assert.Equal(["a"], found.OpenColumns);
        Assert.Equal(2, found.Cells!["b"]);
    }

    [Fact]
    public void What_would_have_to_be_known_of_rows_that_were_left_out_is_open()
    {
        Assert.Equal(["a", "b"], Find([Row(2, new(2, 1), 1), Row(3, new(1, 3), 1)]).OpenColumns.Order());
        Demand(new(2, 1), [Row(2, new(2, 1), 1), Row(3, new(2, 1), 1)]);
    }

    [Fact]
    public void Merges_that_crossed_again_and_again_are_looked_back_through_only_so_far()
    {
        List<SeenRow<string, int>> rows = [First];
        for (var i = 2; i < 300; i++)
        {
            // Each writer saw all but the other of its pair, and chose otherwise.
            rows.Add(Row(i, new(i, i), [.. Enumerable.Range(1, i - 1 - (i % 2))]));
        }

        Assert.Equal(["a", "b"], Find(rows).OpenColumns.Order());
    }

    private static RowState<string, int> Find(IReadOnlyCollection<SeenRow<string, int>> rows) =>
        new CrosswiseBase<string, int>(new IntegerRules()).Find(rows);

    private static RowState<string, int> Demand(Row? row, IReadOnlyCollection<SeenRow<string, int>> rows)
    {
        var found = Find(rows);
        Assert.False(found.IsOpen);
        Assert.Equal(row, Histories.Row.From(found.Cells));
        return found;
    }

    private static SeenRow<string, int> Row(int version, Row? row, params IReadOnlyList<int> saw) =>
        new(
            new(version),
            new(version),
            row?.ToCells(),
            Snapshot.Of(saw.Select(v => new SnapshotEntry(new(v), new(v))))
        );
}
