using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// A decision holds for what it was made about, all that it would take away included, and for nothing that was written
/// since.
/// </summary>
public sealed class OutdatedDecisionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Labs = new()
    {
        Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "unit", CellType.Text)],
        Key = [1],
    };

    private static readonly Dictionary<string, (Func<Trial, Task> Arrange, Func<Trial, Task> WriteOn)> Changes = new(
        StringComparer.Ordinal
    )
    {
        ["a dataset that the source deleted and the target wrote to"] = (
            async trial =>
            {
                await trial.DropAsync("source", "visit");
                await trial.PutVisitAsync("target", "v1", "s1");
            },
            trial => trial.PutVisitAsync("target", "v2", "s1")
        ),
        ["a dataset that the source deleted and the target described anew"] = (
            async trial =>
            {
                await trial.DropAsync("source", "visit");
                await trial.DefineAsync("target", Trial.Visit with { Description = "anew" }, "visit");
            },
            trial => trial.PutVisitAsync("target", "v1", "s1")
        ),
        ["two datasets of one name"] = (
            async trial =>
            {
                await trial.MakeAsync("source", "labs", Labs);
                await trial.MakeAsync("target", "labs", Labs);
            },
            trial => trial.PutTextsAsync("target", "labs", Labs, "l1", "mg")
        ),
        ["two records with one value that is unique"] = (
            async trial =>
            {
                await trial.PutAsync("source", ("s1", 40, "placebo", "same"));
                await trial.PutAsync("target", ("s3", 60, "active", "same"));
            },
            trial => trial.PutAsync("target", ("s3", 61, "placebo", "same"))
        ),
        ["a reference to a record that the source deleted"] = (
            async trial =>
            {
                await trial.DeleteAsync("source", "s1");
                await trial.PutVisitAsync("target", "v1", "s1");
                await trial.DefineAsync("target", Noted, "visit");
            },
            trial => trial.PutTextsAsync("target", "visit", Noted, "v1", "s1", "seen")
        ),
    };

    public static TheoryData<string> Conflicts => [.. Changes.Keys];

    private static DatasetDefinition Noted =>
        Trial.Visit with
        {
            Columns = Trial.Visit.Columns.Add(new(3, "note", CellType.Text)),
        };

    [Theory]
    [MemberData(nameof(Conflicts))]
    public async Task A_decision_does_not_take_away_what_was_written_since(string conflict)
    {
        var (arrange, writeOn) = Changes[conflict];
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await arrange(trial);
        var id = await ConflictAsync(trial);
        await trial.PutAsync("target", ("s2", 51, "active", "c2"));
        Assert.True(id == await ConflictAsync(trial), $"{conflict}: is another one for what it is not about");

        await writeOn(trial);

        Assert.True(id != await ConflictAsync(trial), $"{conflict}: is the same one though it is about more");
        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new() { Resolutions = { Decide(id, ResolutionSide.Source) } },
        };
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.ConflictChanged,
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_merge_opened_with_a_decision_is_completed_once_what_that_was_about_is_decided_anew()
    {
        var trial = await ClashAsync();
        var opened = await OpenAsync(trial, Decide(await ConflictAsync(trial), ResolutionSide.Source));
        Assert.Equal(MergeState.Ready, opened.State);
        var known = Assert.Single(await ConflictsAsync(opened));
        Assert.Equal((ResolutionSide.Source, "a test"), (known.Resolution.Side, known.Resolver));

        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.CompleteMergeAsync(new() { Name = opened.Name }, fixture.Lab)
        );
        var anew = Assert.Single(await ConflictsAsync(opened));
        Assert.Null(anew.Resolution);
        var request = new ResolveConflictsRequest { Name = opened.Name };
        request.Resolutions.Add(Decide(anew.ConflictId, ResolutionSide.Target));
        await fixture.Merges.ResolveConflictsAsync(request, fixture.Lab);
        await fixture.Merges.CompleteMergeAsync(new() { Name = opened.Name }, fixture.Lab);
        Assert.Contains("s1 43 placebo c1", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task What_a_merge_was_opened_with_is_decided_otherwise_by_the_next()
    {
        var trial = await ClashAsync();
        var id = await ConflictAsync(trial);
        var opened = await OpenAsync(trial, Decide(id, ResolutionSide.Source));
        var request = new ResolveConflictsRequest { Name = opened.Name };
        request.Resolutions.Add(Decide(id, ResolutionSide.Target));
        await fixture.Merges.ResolveConflictsAsync(request, fixture.Lab);

        await fixture.Merges.CompleteMergeAsync(new() { Name = opened.Name }, fixture.Lab);

        Assert.Contains("s1 42 placebo c1", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_merge_is_not_opened_with_a_decision_about_what_it_does_not_have()
    {
        var trial = await ClashAsync();
        var id = await ConflictAsync(trial);
        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));

        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair },
        };
        request.Merge.Policy = new() { Resolutions = { Decide(id, ResolutionSide.Source) } };
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.ConflictChanged,
            () => fixture.Merges.CreateMergeAsync(request, fixture.Lab)
        );
    }

    /// <summary>Both sides gave one subject another age.</summary>
    private async Task<Trial> ClashAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        return trial;
    }

    private async Task<Merge> OpenAsync(Trial trial, Resolution decision)
    {
        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair },
        };
        request.Merge.Policy = new() { Resolutions = { decision } };
        return (await fixture.Merges.CreateMergeAsync(request, fixture.Lab)).Merge;
    }

    private async Task<IEnumerable<Conflict>> ConflictsAsync(Merge merge) =>
        (await fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name }, fixture.Lab)).Conflicts;

    private static Resolution Decide(string conflict, ResolutionSide side) =>
        new() { ConflictId = conflict, Side = side };

    private async Task<string> ConflictAsync(Trial trial)
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        return Assert.Single(preview.Conflicts).ConflictId;
    }
}
