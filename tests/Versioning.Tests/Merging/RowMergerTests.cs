using Dendrite.Versioning.Merging;
using Dendrite.Versioning.Tests.Histories;

namespace Dendrite.Versioning.Tests.Merging;

/// <summary>
/// One table over all outcomes. A row is written <c>a=1 b=2</c>; <c>none</c> is a row that is missing or deleted.
/// </summary>
public sealed class RowMergerTests
{
    private static readonly IntegerRules Integers = new();
    private static readonly RowMerger<string, int> Merger = new(Integers);

    [Theory]
    // base, source, target, outcome, result, columns in conflict
    [InlineData("none", "none", "none", RowMergeOutcome.Unchanged, "none", "")]
    [InlineData("a=1", "a=1", "a=1", RowMergeOutcome.Unchanged, "a=1", "")]
    [InlineData("a=1", "a=2", "a=1", RowMergeOutcome.SourceOnly, "a=2", "")]
    [InlineData("none", "a=2", "none", RowMergeOutcome.SourceOnly, "a=2", "")]
    [InlineData("a=1", "none", "a=1", RowMergeOutcome.SourceOnly, "none", "")]
    [InlineData("a=1", "a=1", "a=2", RowMergeOutcome.TargetOnly, "a=2", "")]
    [InlineData("a=1", "a=1", "none", RowMergeOutcome.TargetOnly, "none", "")]
    [InlineData("a=1", "a=2", "a=2", RowMergeOutcome.SameChange, "a=2", "")]
    [InlineData("a=1", "none", "none", RowMergeOutcome.SameChange, "none", "")]
    [InlineData("none", "a=2", "a=2", RowMergeOutcome.SameChange, "a=2", "")]
    [InlineData("a=1 b=1", "a=2 b=1", "a=1 b=2", RowMergeOutcome.MergedByCells, "a=2 b=2", "")]
    [InlineData("a=1", "a=1 b=1", "a=2", RowMergeOutcome.MergedByCells, "a=2 b=1", "")]
    [InlineData("a=1 b=1", "b=1", "a=1 b=2", RowMergeOutcome.MergedByCells, "b=2", "")]
    [InlineData("a=1 b=1", "a=2 b=5", "a=3 b=5", RowMergeOutcome.CellConflict, "b=5", "a")]
    [InlineData("a=1 b=1", "a=2 b=2", "a=3 b=3", RowMergeOutcome.CellConflict, "", "a b")]
    [InlineData("a=1", "b=1", "a=2", RowMergeOutcome.CellConflict, "b=1", "a")]
    [InlineData("none", "a=1 b=1", "a=1 b=2", RowMergeOutcome.BothAdded, "a=1", "b")]
    [InlineData("a=1", "a=2", "none", RowMergeOutcome.ChangedAndDeleted, "none", "a")]
    [InlineData("a=1", "none", "a=2", RowMergeOutcome.DeletedAndChanged, "none", "a")]
    public void Three_sides_come_together(
        string atBase,
        string source,
        string target,
        RowMergeOutcome outcome,
        string merged,
        string clashes
    )
    {
        var merge = Merger.Merge(Sides(atBase, source, target));

        Assert.Equal(outcome, merge.Outcome);
        Assert.Equal(merged, Format(merge.Merged));
        Assert.Equal(clashes, string.Join(" ", merge.Clashes.Select(clash => clash.Column).Order()));
        Assert.Equal(clashes.Length > 0, merge.IsConflict);
    }

    [Fact]
    public void The_table_has_a_case_for_every_outcome() =>
        Assert.Empty(
            Enum.GetValues<RowMergeOutcome>()
                .Except(
                    typeof(RowMergerTests)
                        .GetMethod(nameof(Three_sides_come_together))!
                        .GetCustomAttributes(false)
                        .OfType<InlineDataAttribute>()
                        .Select(data => (RowMergeOutcome)data.Data[3]!)
                )
        );

    [Theory]
    [InlineData(MergeStrategy.TakeSource, null, "a=2 b=9")]
    [InlineData(MergeStrategy.TakeTarget, null, "a=5 b=9")]
    [InlineData(MergeStrategy.Fail, null, "undecided")]
    [InlineData(MergeStrategy.Fail, ColumnStrategy.Maximum, "a=5 b=9")]
    [InlineData(MergeStrategy.Fail, ColumnStrategy.Minimum, "a=2 b=9")]
    [InlineData(MergeStrategy.Fail, ColumnStrategy.SumOfDeltas, "a=6 b=9")]
    [InlineData(MergeStrategy.Fail, ColumnStrategy.SetUnion, "a=7 b=9")]
    [InlineData(MergeStrategy.Fail, ColumnStrategy.LastWriter, "a=2 b=9")]
    [InlineData(MergeStrategy.TakeTarget, ColumnStrategy.TakeSource, "a=2 b=9")]
    [InlineData(MergeStrategy.TakeSource, ColumnStrategy.TakeTarget, "a=5 b=9")]
    public void A_strategy_settles_the_cells_in_conflict_and_no_others(
        MergeStrategy strategy,
        ColumnStrategy? column,
        string result
    )
    {
        // The source wrote b and the target did not: that stays, whoever wins a. The source wrote last.
        var merge = Merger.Merge(Sides("a=1 b=1", "a=2 b=9", "a=5 b=1"));

        var settled = new RowSettler<string, int>(Integers, strategy, _ => column).Settle(merge);

        Assert.Equal(result, settled.IsUndecided ? "undecided" : Format(settled.Cells));
    }

    [Theory]
    [InlineData(MergeStrategy.Fail, "undecided")]
    [InlineData(MergeStrategy.TakeSource, "a=2")]
    [InlineData(MergeStrategy.TakeTarget, "none")]
    public void No_column_strategy_decides_whether_a_row_is_deleted(MergeStrategy strategy, string result)
    {
        var merge = Merger.Merge(Sides("a=1", "a=2", "none"));

        var settled = new RowSettler<string, int>(Integers, strategy, _ => ColumnStrategy.Maximum).Settle(merge);

        Assert.Equal(result, settled.IsUndecided ? "undecided" : Format(settled.Cells));
    }

    [Theory]
    [InlineData("a=1 b=1", "a=3 b=2", "a=3 b=2", RowMergeOutcome.CellConflict, "a=5 b=2")]
    [InlineData("a=1 b=1", "a=3 b=1", "a=3 b=2", RowMergeOutcome.CellConflict, "a=5 b=2")]
    [InlineData("none", "a=3", "a=3", RowMergeOutcome.BothAdded, "a=6")]
    [InlineData("a=1 b=1", "a=1 b=2", "a=1 b=2", RowMergeOutcome.SameChange, "a=1 b=2")]
    [InlineData("a=1 b=1", "b=1", "b=1", RowMergeOutcome.SameChange, "b=1")]
    [InlineData("a=1", "none", "none", RowMergeOutcome.SameChange, "none")]
    public void Two_equal_changes_are_two_where_changes_add_up(
        string atBase,
        string source,
        string target,
        RowMergeOutcome outcome,
        string result
    )
    {
        var merge = new RowMerger<string, int>(Integers, column => column == "a").Merge(Sides(atBase, source, target));
        var settler = new RowSettler<string, int>(
            Integers,
            MergeStrategy.Fail,
            column => column == "a" ? ColumnStrategy.SumOfDeltas : null
        );

        Assert.Equal(outcome, merge.Outcome);
        Assert.Equal(result, Format(settler.Settle(merge).Cells));
    }

    [Fact]
    public void A_strategy_that_cannot_tell_leaves_the_conflict()
    {
        // A cell that one side removed has no maximum.
        var merge = Merger.Merge(Sides("a=1 b=1", "b=1", "a=2 b=1"));

        var settled = new RowSettler<string, int>(Integers, MergeStrategy.Fail, _ => ColumnStrategy.Maximum).Settle(
            merge
        );

        Assert.True(settled.IsUndecided);
    }

    [Fact]
    public void A_decision_comes_before_every_strategy()
    {
        var merge = Merger.Merge(Sides("a=1 b=1", "a=2 b=9", "a=5 b=1"));
        var settler = new RowSettler<string, int>(Integers, MergeStrategy.TakeSource, _ => ColumnStrategy.Maximum);

        Assert.Equal("a=1 b=9", Format(settler.Settle(merge, new Decision<string, int>.Side(MergeSide.Base)).Cells));
        Assert.Equal("a=5 b=9", Format(settler.Settle(merge, new Decision<string, int>.Side(MergeSide.Target)).Cells));
        Assert.Equal("a=8 b=9", Format(settler.Settle(merge, ValuesOf("a=8")).Cells));
        Assert.Equal("a=7 b=7", Format(settler.Settle(merge, new Decision<string, int>.Row(Parse("a=7 b=7")!)).Cells));
    }

    [Theory]
    [InlineData("a=1 b=1", "a=2 b=9", "a=5 b=1", "b=9")]
    [InlineData("a=1 b=1", "a=2 b=9", "none", "b=9")]
    [InlineData("a=1 b=1", "none", "a=2 b=9", "b=9")]
    public void A_decision_by_values_may_be_that_a_cell_has_none(
        string atBase,
        string source,
        string target,
        string row
    )
    {
        var merge = Merger.Merge(Sides(atBase, source, target));
        var settler = new RowSettler<string, int>(Integers, MergeStrategy.Fail, _ => null);
        var none = new Dictionary<string, Cell<int>> { ["a"] = default };

        Assert.Equal(row, Format(settler.Settle(merge, new Decision<string, int>.Values(none)).Cells));
    }

    [Fact]
    public void A_decision_by_values_names_the_cells_in_conflict_and_no_others()
    {
        var merge = Merger.Merge(Sides("a=1 b=1", "a=2 b=9", "a=5 b=1"));
        var settler = new RowSettler<string, int>(Integers, MergeStrategy.Fail, _ => null);

        var refusal = Assert.Throws<ArgumentException>(() => settler.Settle(merge, ValuesOf("a=8 b=8")));

        Assert.Contains("(a)", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a=1", "a=2", "a=1", MergeWrite.Nothing)]
    // The source took its change back: its row is newer than the target's real change and must not win.
    [InlineData("a=1", "a=1", "a=2", MergeWrite.Restate)]
    [InlineData("a=1", "a=2", "a=2", MergeWrite.MarkWinner)]
    [InlineData("a=1 b=1", "a=2 b=1", "a=1 b=2", MergeWrite.Restate)]
    public void A_row_is_written_only_where_the_union_shows_something_else(
        string atBase,
        string source,
        string target,
        MergeWrite write
    )
    {
        var sides = Sides(atBase, source, target);
        // Both wrote beyond the base, but for the first case, in which the target did not.
        sides = sides with
        {
            Target = sides.Target with { IsDiverged = write != MergeWrite.Nothing },
        };

        Assert.Equal(write, Merger.Find(Merger.Merge(sides), Merger.Merge(sides).Merged));
    }

    [Fact]
    public void What_settled_a_conflict_is_written_also_where_the_union_shows_it()
    {
        var merge = Merger.Merge(Sides("a=1", "a=2", "a=3"));

        Assert.Equal(MergeWrite.Restate, Merger.Find(merge, merge.Sides.Source.Cells));
    }

    [Theory]
    [InlineData("a=2 b=1", "a=3 b=1", RowMergeOutcome.CellConflict, "b=1", "a")]
    [InlineData("a=2 b=1", "a=2 b=2", RowMergeOutcome.MergedByCells, "a=2 b=2", "")]
    [InlineData("b=1", "a=2 b=1", RowMergeOutcome.CellConflict, "b=1", "a")]
    [InlineData("a=2 b=2", "a=2 b=2", RowMergeOutcome.SameChange, "a=2 b=2", "")]
    [InlineData("b=1", "none", RowMergeOutcome.ChangedAndDeleted, "none", "")]
    public void A_cell_that_the_base_leaves_open_is_changed_by_both_sides(
        string source,
        string target,
        RowMergeOutcome outcome,
        string merged,
        string clashes
    )
    {
        var sides = Sides("b=1", source, target);

        var merge = Merger.Merge(sides with { Base = sides.Base with { OpenColumns = ["a"] } });

        Assert.Equal(outcome, merge.Outcome);
        Assert.Equal(merged, Format(merge.Merged));
        Assert.Equal(clashes, string.Join(" ", merge.Clashes.Select(clash => clash.Column)));
        Assert.Equal(outcome.ConflictOf() is not null, merge.IsConflict);
    }

    [Theory]
    [InlineData("none", "a=1", RowMergeOutcome.DeletedAndChanged)]
    [InlineData("none", "none", RowMergeOutcome.SameChange)]
    [InlineData("a=1", "a=1", RowMergeOutcome.SameChange)]
    [InlineData("a=1", "a=2", RowMergeOutcome.BothAdded)]
    public void A_row_that_the_base_leaves_open_is_changed_by_both_sides(
        string source,
        string target,
        RowMergeOutcome outcome
    )
    {
        var sides = Sides("none", source, target);

        Assert.Equal(outcome, Merger.Merge(sides with { Base = sides.Base with { IsOpen = true } }).Outcome);
    }

    [Fact]
    public void A_conflict_keeps_its_id_until_what_it_is_about_changes()
    {
        var id = IdOf("a=1 b=1", "a=2 b=1", "a=5 b=1");

        Assert.Matches("^[0-9a-f]{32}$", id.Value);
        Assert.Equal(id, IdOf("a=1 b=1", "a=2 b=1", "a=5 b=1"));
        // Another cell merged by itself meanwhile: the decision still applies.
        Assert.Equal(id, IdOf("a=1 b=1", "a=2 b=3", "a=5 b=1"));
        Assert.NotEqual(id, IdOf("a=1 b=1", "a=2 b=1", "a=6 b=1"));
        Assert.NotEqual(id, IdOf("a=1 b=1", "a=2 b=2", "a=5 b=3"));
        Assert.NotEqual(id, IdOf("a=1 b=1", "a=2 b=1", "a=5 b=1", "k2"));
    }

    private static ConflictId IdOf(string atBase, string source, string target, string key = "k1") =>
        ConflictId.Of(Merger.Merge(Sides(atBase, source, target)), Integers, "subjects", key);

    /// <summary>The source's row is the newest.</summary>
    private static RowSides<string, int> Sides(string atBase, string source, string target) =>
        new(
            new(new(1), Parse(atBase)),
            new(new(7), Parse(source)) { IsDiverged = true },
            new(new(5), Parse(target)) { IsDiverged = true }
        );

    private static Dictionary<string, int>? Parse(string row) =>
        row == "none"
            ? null
            : row.Split(' ').ToDictionary(cell => cell[..1], cell => int.Parse(cell[2..], provider: null));

    private static Decision<string, int> ValuesOf(string cells) =>
        new Decision<string, int>.Values(Parse(cells)!.ToDictionary(cell => cell.Key, cell => Cell.Of(cell.Value)));

    private static string Format(IReadOnlyDictionary<string, int>? row) =>
        row is null
            ? "none"
            : string.Join(" ", row.OrderBy(cell => cell.Key).Select(cell => $"{cell.Key}={cell.Value}"));
}
