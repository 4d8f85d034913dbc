using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Two branches took in the same two others, each in merges of its own: what both see is then no state that a branch
/// has shown, and what either decided or changed since is not lost.
/// </summary>
public sealed class CrosswiseMergeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Theory]
    [InlineData("source", "target", false)]
    [InlineData("target", "source", false)]
    [InlineData("source", "target", true)]
    [InlineData("target", "source", true)]
    public async Task A_dataset_that_is_decided_to_be_as_in_the_base_has_records_as_they_come_together_there(
        string drops,
        string keeps,
        bool isDroppedBefore
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        (string, int?, string?, string?) alike = ("s3", 42, "placebo", "c3");
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"), ("s2", 51, "active", "c2"), alike);
        await trial.PutAsync("g", ("s1", 40, "active", "c1"), ("s2", 52, "placebo", "c2"), alike);
        if (isDroppedBefore)
        {
            await DropAsync();
        }

        // What was dropped before stays so.
        foreach (var (side, strategy) in new[] { (drops, MergeStrategy.TakeTarget), (keeps, MergeStrategy.TakeSource) })
        {
            await fixture.MergeAsync(trial, "f", side, strategy);
            await fixture.MergeAsync(trial, "g", side, strategy);
        }

        await trial.PutAsync(keeps, ("s1", 60, "none", "c1"), ("s2", 61, "none", "c2"), ("s3", 62, "none", "c3"));
        if (!isDroppedBefore)
        {
            await DropAsync();
        }

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var conflict = Assert.Single(preview.Conflicts);
        var decision = new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Base };

        await fixture.MergeAsync(trial, "source", "target", new MergePolicy { Resolutions = { decision } });

        // Of the age of s2, which both changed, the base says nothing.
        Assert.Equal(["s1 41 active c1", "s2 - placebo c2", "s3 42 placebo c3"], await trial.SubjectsAsync("target"));

        async Task DropAsync()
        {
            await trial.DropAsync(drops, "visit");
            await trial.DropAsync(drops, "subject");
        }
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_cell_that_goes_back_to_what_it_was_before_both_is_a_change(string changes, string other)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 40, "active", "c1"));
        await fixture.CrossAsync(trial, MergeStrategy.Fail, MergeStrategy.Fail);
        Assert.Equal(
            ("s1 41 active c1", "s1 41 active c1"),
            (await S1Async(trial, "source"), await S1Async(trial, "target"))
        );
        await trial.PutAsync(changes, ("s1", 40, "active", "c1"));
        await trial.PutAsync(other, ("s1", 41, "active", "c9"));

        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        Assert.Equal("s1 40 active c9", await S1Async(trial, "target"));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task One_conflict_over_a_cell_decided_differently_is_a_conflict_again(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, ConflictKind.Cell);
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ConflictKind.ChangedAndDeleted)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ConflictKind.DeletedAndChanged)]
    public async Task One_conflict_over_a_deletion_decided_differently_is_a_conflict_again(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ConflictKind kind
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DeleteAsync("f", "s1");
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, kind);
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource)]
    [InlineData(MergeStrategy.TakeTarget)]
    public async Task One_conflict_decided_alike_is_none_and_what_was_decided_once_goes_to_forks(MergeStrategy both)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await fixture.CrossAsync(trial, both, both);
        Assert.Equal(MergeOutcome.Merged, (await fixture.MergeAsync(trial, "source", "target")).Outcome);
        await fixture.CreateAsync($"{trial.Branch("child").Split('/')[^1]}", new() { Branch = trial.Branch("target") });
        await trial.PutAsync("child", ("s1", 50, "placebo", "c1"));
        var age = (await S1Async(trial, "target")).Split(' ')[1];
        await trial.PutAsync("target", ("s1", int.Parse(age, provider: null), "active", "c1"));

        await fixture.MergeAsync(trial, "child", "target");

        Assert.Equal("s1 50 active c1", await S1Async(trial, "target"));
    }

    [Fact]
    public async Task A_cell_that_was_changed_and_taken_back_beside_a_change_of_it_is_in_conflict()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        await fixture.MergeAsync(trial, "target", "g");
        await fixture.MergeAsync(trial, "target", "source");
        await trial.PutAsync("f", ("s1", 40, "active", "c1"));
        await trial.PutAsync("g", ("s1", 40, "placebo", "c1"));
        await fixture.CrossAsync(trial);
        Assert.Equal(
            ("s1 40 placebo c1", "s1 40 placebo c1"),
            (await S1Async(trial, "source"), await S1Async(trial, "target"))
        );
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        await trial.PutAsync("source", ("s1", 40, "placebo", "c9"));

        await DemandConflictAsync(trial, ConflictKind.Cell);
    }

    /// <summary>More versions lie over it than are looked back through, and none of them saw it.</summary>
    [Theory]
    [InlineData(205, 5)]
    [InlineData(50, 100_000)]
    public async Task A_change_that_goes_back_is_not_lost_behind_many_versions_of_the_other_branch(
        int versions,
        int length
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        var arms = new[] { new string('a', length), new string('b', length) };
        for (var i = 0; i < versions; i++)
        {
            await trial.PutAsync("g", ("s1", 40, arms[i % 2], "c1"));
        }

        await fixture.CrossAsync(trial);
        var arm = arms[(versions - 1) % 2];
        Assert.Equal($"s1 41 {arm} c1", await S1Async(trial, "target"));
        await trial.PutAsync("target", ("s1", 40, arm, "c1"));
        await trial.PutAsync("source", ("s1", 41, arm, "c9"));

        await DemandConflictAsync(trial, ConflictKind.Cell);
    }

    [Fact]
    public async Task Equal_changes_that_nobody_added_up_count_once_each_in_a_later_sum()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await fixture.CrossAsync(trial);
        await trial.PutAsync("target", ("s1", 44, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 45, "placebo", "c1"));

        await fixture.MergeAsync(trial, "source", "target", SumOfAges);

        // Both took in one row of 42, and added two and three to it.
        Assert.Equal("s1 47 placebo c1", await S1Async(trial, "target"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Equal_changes_that_were_added_up_may_be_taken_back_later_and_that_is_not_lost(bool isWidened)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await fixture.CrossAsync(trial, SumOfAges, SumOfAges);
        Assert.Equal("s1 44 placebo c1", await S1Async(trial, "target"));
        if (isWidened)
        {
            var columns = Trial.Subject.Columns;
            var age = Assert.Single(columns, column => column.Name == "age");
            var wide = age with
            {
                Type = CellType.Text,
                FormerTypes = [CellType.Integer],
                Minimum = null,
                Maximum = null,
            };
            await trial.DefineAsync("source", Trial.Subject with { Columns = columns.Replace(age, wide) });
        }

        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 44, "placebo", "c9"));

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal("age", Assert.Single(conflict.Record.Cells).Column);
    }

    [Fact]
    public async Task Two_equal_changes_of_a_sum_are_two_also_where_both_go_back_to_the_newest_row()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 40, "placebo", "c9"));
        await fixture.CrossAsync(trial);
        await trial.PutAsync("target", ("s1", 40, "placebo", "c9"));
        await trial.PutAsync("source", ("s1", 40, "placebo", "c9"));

        await fixture.MergeAsync(trial, "source", "target", SumOfAges);

        Assert.Equal("s1 38 placebo c9", await S1Async(trial, "target"));
    }

    [Theory]
    [InlineData("c9", false)]
    [InlineData("c1", false)]
    [InlineData("c9", true)]
    [InlineData("c1", true)]
    public async Task What_went_with_a_dataset_that_both_kept_is_no_base_of_its_records(string code, bool isDescribed)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.DropAsync("f", "visit");
        await trial.DropAsync("f", "subject");
        await trial.PutAsync("g", ("s1", 40, "placebo", "c9"), ("s2", 51, "active", "c2"));
        if (isDescribed)
        {
            await trial.DefineAsync("g", Trial.Subject with { Description = "said anew" });
        }

        await fixture.CrossAsync(trial, MergeStrategy.TakeSource, MergeStrategy.TakeSource);
        Assert.Equal("s1 40 placebo c9", await S1Async(trial, "target"));
        await trial.PutAsync("target", ("s1", 41, "placebo", "c9"));
        await trial.PutAsync("source", ("s1", 40, "placebo", code), ("s2", 51, "active", "c2"));

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal("subject/s1", $"{conflict.Record.DatasetId}/{conflict.Record.RecordId}");
        Assert.Contains(conflict.Record.Cells, cell => cell.Column == "age");
    }

    private static MergePolicy SumOfAges
    {
        get
        {
            var policy = new MergePolicy();
            policy.Columns.Add(
                new ColumnMerge
                {
                    DatasetId = "subject",
                    Column = "age",
                    Strategy = ColumnMergeStrategy.SumOfDeltas,
                }
            );
            return policy;
        }
    }

    /// <summary>Preview and merge say the same conflict, and a decision about it is met.</summary>
    private async Task DemandConflictAsync(Trial trial, ConflictKind kind)
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal(kind, conflict.Kind);
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        var policy = new MergePolicy();
        policy.Resolutions.Add(new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Source });
        var taken = await trial.SubjectsAsync("source");

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

        Assert.Equal(taken, await trial.SubjectsAsync("target"));
    }

    private static async Task<string> S1Async(Trial trial, string side) => (await trial.SubjectsAsync(side))[0];
}
