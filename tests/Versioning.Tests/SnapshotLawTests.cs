namespace Dendrite.Versioning.Tests;

/// <summary>Snapshots are a lattice: base is the meet, union the join, and before/after its order.</summary>
public sealed class SnapshotLawTests
{
    [Fact]
    public void Base_and_union_do_not_care_for_order() =>
        Laws.Hold((a, b) => Snapshot.Base(a, b).Equals(Snapshot.Base(b, a)) && Union(a, b).Equals(Union(b, a)));

    [Fact]
    public void Base_and_union_do_not_care_for_grouping() =>
        Laws.Hold(
            (a, b, c) =>
                Base(a, Base(b, c)).Equals(Base(Base(a, b), c)) && Union(a, Union(b, c)).Equals(Union(Union(a, b), c))
        );

    [Fact]
    public void Base_and_union_with_itself_change_nothing() =>
        Laws.Hold(a => Base(a, a).Equals(a) && Union(a, a).Equals(a));

    [Fact]
    public void Nothing_is_the_base_with_nothing_and_adds_nothing() =>
        Laws.Hold(a => Base(a, Snapshot.Empty).Equals(Snapshot.Empty) && Union(a, Snapshot.Empty).Equals(a));

    [Fact]
    public void Base_and_union_absorb_each_other() =>
        Laws.Hold((a, b) => Base(a, Union(a, b)).Equals(a) && Union(a, Base(a, b)).Equals(a));

    [Fact]
    public void A_row_is_in_the_base_when_both_see_it_and_in_the_union_when_either_does() =>
        Laws.Hold(
            (a, b) =>
                EveryRow.All(row =>
                    Base(a, b).IsVisible(row.Timeline, row.Through)
                        == (a.IsVisible(row.Timeline, row.Through) && b.IsVisible(row.Timeline, row.Through))
                    && Union(a, b).IsVisible(row.Timeline, row.Through)
                        == (a.IsVisible(row.Timeline, row.Through) || b.IsVisible(row.Timeline, row.Through))
                )
        );

    [Fact]
    public void Compare_says_which_rows_each_side_sees_alone() =>
        Laws.Hold(
            (a, b) =>
            {
                var onlyA = EveryRow.Any(row =>
                    a.IsVisible(row.Timeline, row.Through) && !b.IsVisible(row.Timeline, row.Through)
                );
                var onlyB = EveryRow.Any(row =>
                    b.IsVisible(row.Timeline, row.Through) && !a.IsVisible(row.Timeline, row.Through)
                );
                var expected = (onlyA, onlyB) switch
                {
                    (false, false) => SnapshotOrder.Equal,
                    (false, true) => SnapshotOrder.Before,
                    (true, false) => SnapshotOrder.After,
                    (true, true) => SnapshotOrder.Diverged,
                };
                return Snapshot.Compare(a, b) == expected;
            }
        );

    [Fact]
    public void Clipping_hides_the_rows_above_and_no_other() =>
        Laws.Hold(
            (a, b) =>
                b.Entries.All(clip =>
                    EveryRow.All(row =>
                        a.ClipTo(clip.Timeline, clip.Through).IsVisible(row.Timeline, row.Through)
                        == (
                            a.IsVisible(row.Timeline, row.Through)
                            && (row.Timeline != clip.Timeline || row.Through <= clip.Through)
                        )
                    )
                )
        );

    [Fact]
    public void Equal_snapshots_have_equal_hashes_and_texts() =>
        Laws.Hold(a =>
        {
            var copy = Snapshot.Of(a.Entries.Reverse());
            return copy.Equals(a) && copy.GetHashCode() == a.GetHashCode() && copy.ToString() == a.ToString();
        });

    private static IEnumerable<SnapshotEntry> EveryRow =>
        from timeline in Enumerable.Range(1, 5)
        from version in Enumerable.Range(1, 6)
        select new SnapshotEntry(new(timeline), new(version));

    private static Snapshot Base(Snapshot a, Snapshot b) => Snapshot.Base(a, b);

    private static Snapshot Union(Snapshot a, Snapshot b) => Snapshot.Union(a, b);
}
