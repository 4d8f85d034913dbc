using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Decisions by cells: values of the decider's own, which may be none.</summary>
public sealed class DecidedCellTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_cell_in_conflict_is_decided_to_be_null()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));

        await DecideAsync(trial, ("age", Value.ForNull()));

        Assert.Contains("s1 - placebo c1", await trial.SubjectsAsync("target"));
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_record_that_one_side_deleted_is_kept_without_a_value(string deletes, string changes)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DeleteAsync(deletes, "s1");
        await trial.PutAsync(changes, ("s1", 42, "active", "c1"));

        await DecideAsync(trial, ("age", Value.ForNull()));

        Assert.Contains("s1 - active c1", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task Cells_that_are_not_in_conflict_are_refused_with_the_names_of_those_that_are()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "active", "c1"));
        await trial.PutAsync("target", ("s1", 42, "none", "c1"));
        var request = await RequestAsync(trial, ("code", Value.ForNull()));

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );

        Assert.StartsWith("policy.resolutions[0].cells: ", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("age, arm", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_decision_about_a_deleted_record_does_not_change_its_key()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DeleteAsync("source", "s1");
        await trial.PutAsync("target", ("s1", 42, "active", "c1"));
        var request = await RequestAsync(trial, ("id", Value.ForString("s9")));

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );

        Assert.StartsWith("policy.resolutions[0].cells.id: ", refusal.Message, StringComparison.Ordinal);
        await DecideAsync(trial, ("id", Value.ForString("s1")), ("age", Value.ForNumber(43)));
        Assert.Contains("s1 43 active c1", await trial.SubjectsAsync("target"));
    }

    private async Task DecideAsync(Trial trial, params IReadOnlyList<(string Column, Value Value)> cells) =>
        await fixture.Merges.MergeBranchAsync(await RequestAsync(trial, cells), fixture.Lab);

    /// <summary>The merge with its one conflict decided by these cells.</summary>
    private async Task<MergeBranchRequest> RequestAsync(
        Trial trial,
        params IReadOnlyList<(string Column, Value Value)> cells
    )
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var decision = new Resolution
        {
            ConflictId = Assert.Single(preview.Conflicts).ConflictId,
            Cells = new() { Fields = { cells.ToDictionary(cell => cell.Column, cell => cell.Value) } },
        };
        return new()
        {
            Pair = trial.Pair,
            Policy = new() { Resolutions = { decision } },
        };
    }
}
