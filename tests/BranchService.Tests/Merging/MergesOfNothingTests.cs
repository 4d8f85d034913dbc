using Dendrite.V1;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Branches that are merged back and forth, and differ by the commits of these merges alone.</summary>
public sealed class MergesOfNothingTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Branches_that_are_equal_are_up_to_date_in_both_directions()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s2", 51, "active", "c2"));
        Assert.Equal(MergeOutcome.Merged, await MergeAsync(trial, "source", "target"));
        Assert.Equal(MergeOutcome.FastForward, await MergeAsync(trial, "target", "source"));
        var heads = await HeadsAsync(trial);

        Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "source", "target"));
        Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "target", "source"));

        Assert.Equal(heads, await HeadsAsync(trial));
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Equal(MergeOutcome.UpToDate, preview.Outcome);
    }

    [Fact]
    public async Task A_source_that_only_took_in_its_target_is_up_to_date_wherever_the_target_is_by_now()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        foreach (var age in new[] { 41, 42 })
        {
            await trial.PutAsync("target", ("s1", age, "placebo", "c1"));
            Assert.NotEqual(MergeOutcome.UpToDate, await MergeAsync(trial, "target", "source"));
            await trial.PutAsync("target", ("s2", age, "active", "c2"));

            Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "source", "target"));
        }

        // What both change now is held against what both have.
        await trial.PutAsync("source", ("s1", 43, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "active", "c1"));
        Assert.Equal(MergeOutcome.Merged, await MergeAsync(trial, "source", "target"));
        Assert.Equal(["s1 43 active c1", "s2 42 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_merge_that_wrote_what_settled_a_conflict_is_something_to_merge()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        var settled = await fixture.MergeAsync(trial, "source", "target", MergeStrategy.TakeSource);
        Assert.Equal(MergeOutcome.Merged, settled.Outcome);

        Assert.Equal(MergeOutcome.FastForward, await MergeAsync(trial, "target", "source"));
        Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "source", "target"));
    }

    [Fact]
    public async Task After_merges_that_went_crosswise_each_side_takes_in_the_other_once()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 41, "placebo", "c1"));
        await fixture.CrossAsync(trial);

        // The base is {f, g}, which the target has not shown: a later one needs the source's state, which brought both
        // together.
        Assert.Equal(MergeOutcome.Merged, await MergeAsync(trial, "source", "target"));
        Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "target", "source"));
        Assert.Equal(MergeOutcome.UpToDate, await MergeAsync(trial, "source", "target"));

        await trial.PutAsync("source", ("s1", 43, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 41, "active", "c1"));
        Assert.Equal(MergeOutcome.Merged, await MergeAsync(trial, "source", "target"));
        Assert.Equal("s1 43 active c1", (await trial.SubjectsAsync("target"))[0]);
    }

    private async Task<MergeOutcome> MergeAsync(Trial trial, string source, string target) =>
        (await fixture.MergeAsync(trial, source, target)).Outcome;

    private static async Task<(long, long)> HeadsAsync(Trial trial) =>
        (await trial.HeadVersionAsync("source"), await trial.HeadVersionAsync("target"));
}
