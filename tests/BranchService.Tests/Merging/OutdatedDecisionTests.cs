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
        var decision = new Resolution { ConflictId = id, Side = ResolutionSide.Source };
        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new() { Resolutions = { decision } },
        };
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.ConflictChanged,
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );
    }

    private async Task<string> ConflictAsync(Trial trial)
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        return Assert.Single(preview.Conflicts).ConflictId;
    }
}
