using Dendrite.Versioning.Merging;
using Dendrite.Versioning.Tests.Histories;
using FsCheck;
using FsCheck.Fluent;

namespace Dendrite.Versioning.Tests.Merging;

/// <summary>What holds for every merge of every row.</summary>
public sealed class RowMergeLawTests
{
    private static readonly RowMerger<string, int> Merger = new(new IntegerRules());

    /// <summary>Numbers 0 to 8 are rows, 9 is none: few values, so that sides meet.</summary>
    private static readonly Arbitrary<RowSides<string, int>> AllSides = Gen.Choose(0, 9)
        .ArrayOf(3)
        .Select(rows => new RowSides<string, int>(State(1, rows[0]), State(3, rows[1]), State(2, rows[2])))
        .ToArbitrary();

    [Fact]
    public void Exchanging_the_sides_gives_the_same_row_and_the_mirrored_outcome() =>
        Laws.Hold(
            AllSides,
            sides =>
            {
                var merge = Merger.Merge(sides);
                var mirrored = Merger.Merge(new(sides.Base, sides.Target, sides.Source));

                Assert.Equal(Mirror(merge.Outcome), mirrored.Outcome);
                Assert.True(Merger.AreEqual(merge.Merged, mirrored.Merged));
                Assert.Equal(Columns(merge), Columns(mirrored));
            }
        );

    [Fact]
    public void Merging_what_was_merged_again_changes_nothing() =>
        Laws.Hold(
            AllSides,
            sides =>
            {
                var merge = Merger.Merge(sides);
                if (merge.IsConflict)
                {
                    return;
                }

                // After the merge the base is the source, and the target is the result.
                var again = Merger.Merge(new(sides.Source, sides.Source, new(new(9), merge.Merged)));

                Assert.True(Merger.AreEqual(merge.Merged, again.Merged));
                Assert.Contains(again.Outcome, new[] { RowMergeOutcome.Unchanged, RowMergeOutcome.TargetOnly });
            }
        );

    [Fact]
    public void Merging_with_an_unchanged_side_is_the_other_side() =>
        Laws.Hold(
            AllSides,
            sides =>
            {
                var target = Merger.Merge(new(sides.Base, sides.Base, sides.Target));
                var source = Merger.Merge(new(sides.Base, sides.Source, sides.Base));

                Assert.True(Merger.AreEqual(sides.Target.Cells, target.Merged));
                Assert.True(Merger.AreEqual(sides.Source.Cells, source.Merged));
            }
        );

    [Fact]
    public void No_change_of_either_side_is_ever_dropped_in_silence() =>
        Laws.Hold(
            AllSides,
            sides =>
            {
                var merge = Merger.Merge(sides);
                foreach (var column in new[] { "a", "b" })
                {
                    foreach (var side in new[] { sides.Source, sides.Target })
                    {
                        var changed = Cell(side.Cells, column);
                        var isKept = changed == Cell(merge.Merged, column);
                        var isReported = merge.Clashes.Any(clash => clash.Column == column);
                        Assert.True(changed == Cell(sides.Base.Cells, column) || isKept || isReported);
                    }
                }
            }
        );

    [Fact]
    public void Every_strategy_but_fail_settles_every_conflict_and_leaves_the_rest_alone() =>
        Laws.Hold(
            AllSides,
            sides =>
            {
                var merge = Merger.Merge(sides);
                foreach (var strategy in new[] { MergeStrategy.TakeSource, MergeStrategy.TakeTarget })
                {
                    var settled = new RowSettler<string, int>(new IntegerRules(), strategy, _ => null).Settle(merge);

                    Assert.False(settled.IsUndecided);
                    foreach (var (column, value) in merge.Merged ?? new Dictionary<string, int>())
                    {
                        Assert.Equal(value, settled.Cells![column]);
                    }
                }
            }
        );

    private static RowState<string, int> State(long version, int row) =>
        new(new(version), row == 9 ? null : Row.Of(row).ToCells()) { IsDiverged = version > 1 };

    private static int? Cell(IReadOnlyDictionary<string, int>? row, string column) =>
        row is not null && row.TryGetValue(column, out var value) ? value : null;

    private static List<string> Columns(RowMerge<string, int> merge) =>
        [.. merge.Clashes.Select(clash => clash.Column).Order(StringComparer.Ordinal)];

    private static RowMergeOutcome Mirror(RowMergeOutcome outcome) =>
        outcome switch
        {
            RowMergeOutcome.SourceOnly => RowMergeOutcome.TargetOnly,
            RowMergeOutcome.TargetOnly => RowMergeOutcome.SourceOnly,
            RowMergeOutcome.ChangedAndDeleted => RowMergeOutcome.DeletedAndChanged,
            RowMergeOutcome.DeletedAndChanged => RowMergeOutcome.ChangedAndDeleted,
            _ => outcome,
        };
}
