using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Picks out of datasets that are gone, were made anew, or never were in the target.</summary>
public sealed class PickedDatasetTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_dataset_deleted_since_comes_back_as_it_was_then()
    {
        var (trial, then) = await DropAllAsync();
        var request = PickOf(trial, then, "subject");

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal(["subject"], picked.RestoredDatasets);
        Assert.Equal((2, 0, 0), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        // What was written between then and the deletion stays gone.
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
        var again = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        Assert.Null(again.Commit);
        Assert.Empty(again.RestoredDatasets);
        Assert.Equal(2, again.UnchangedRecords);
        request.DatasetId = "visit";
        Assert.Equal(["visit"], (await fixture.Merges.PickRecordsAsync(request, fixture.Lab)).RestoredDatasets);
        Assert.Equal(["v1 s1", "v2 s2"], await trial.RecordsAsync("target", "visit", Trial.Visit));
        // Its dataset is the one of before: what other branches wrote to it merges as ever.
        await trial.PutAsync("source", ("s7", 70, "active", "c7"));
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Contains("s7 70 active c7", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task One_subject_comes_back_out_of_a_dataset_that_is_gone_and_no_other()
    {
        var (trial, then) = await DropAllAsync();
        await fixture.Merges.PickRecordsAsync(PickOf(trial, then, "subject"), fixture.Lab);
        var request = PickOf(trial, then);
        request.Filter = "subject = \"s1\"";

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal(["visit"], picked.RestoredDatasets);
        Assert.Equal((1, 0, 0), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Equal(["v1 s1"], await trial.RecordsAsync("target", "visit", Trial.Visit));
        // Nothing of a subject that is nowhere: no dataset comes back for it.
        await trial.DropAsync("target", "visit");
        request.Filter = "subject = \"s99\"";
        var none = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        Assert.Null(none.Commit);
        Assert.Empty(none.RestoredDatasets);
    }

    [Fact]
    public async Task A_dataset_does_not_come_back_without_the_one_that_it_refers_to()
    {
        var (trial, then) = await DropAllAsync();
        var request = PickOf(trial, then, "visit");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );

        Assert.Contains("'subject'", refusal.Message);
        Assert.Null(await trial.FindDatasetAsync("target", "visit"));
    }

    [Theory]
    [InlineData("subject", "")]
    [InlineData("subject", "id = \"s1\"")]
    [InlineData("", "id = \"s1\"")]
    public async Task Two_datasets_of_one_name_are_not_taken_for_one(string dataset, string filter)
    {
        var (trial, then) = await DropAllAsync();
        await trial.MakeAsync("target", "subject", Trial.Subject);
        await trial.PutAsync("target", ("s1", 11, "new", "c1"), ("s9", 19, "new", "c9"));
        var request = PickOf(trial, then, dataset);
        (request.Filter, request.DeleteMissing) = (filter, true);

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.DatasetMismatch,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );

        Assert.Contains("delete", refusal.Message);
        Assert.Equal(["s1 11 new c1", "s9 19 new c9"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_dataset_that_the_source_does_not_have_is_refused_and_its_records_stay()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var then = await trial.HeadVersionAsync("target");
        await trial.MakeAsync("target", "note", Trial.Visit);
        await trial.PutTextsAsync("target", "note", Trial.Visit, "n1", "s1");
        var request = PickOf(trial, then, "note");
        request.DeleteMissing = true;

        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );

        Assert.Equal(["n1 s1"], await trial.RecordsAsync("target", "note", Trial.Visit));
    }

    [Fact]
    public async Task A_dataset_of_another_branch_comes_with_its_records_and_merges_later()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("source", "note", Trial.Visit);
        await trial.PutTextsAsync("source", "note", Trial.Visit, "n1", "s1");
        await trial.PutTextsAsync("source", "note", Trial.Visit, "n2", "s2");
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new() { Branch = trial.Branch("source") },
            DatasetId = "note",
            RecordIds = { "n1" },
        };

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal(["note"], picked.RestoredDatasets);
        Assert.Equal(["n1 s1"], await trial.RecordsAsync("target", "note", Trial.Visit));
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Equal(["n1 s1", "n2 s2"], await trial.RecordsAsync("target", "note", Trial.Visit));
    }

    /// <summary>
    /// Visits v1 of s1 and v2 of s2, then more subjects and other ages, then both datasets deleted in the target.
    /// </summary>
    /// <returns>And the version before the later changes.</returns>
    private async Task<(Trial Trial, long Then)> DropAllAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutVisitAsync("target", "v1", "s1");
        var then = await trial.PutVisitAsync("target", "v2", "s2");
        await trial.PutAsync("target", ("s1", 99, "wrong", "c1"), ("s3", 60, "active", "c3"));
        await trial.PutVisitAsync("target", "v3", "s3");
        await trial.DropAsync("target", "visit");
        await trial.DropAsync("target", "subject");
        return (trial, then);
    }

    private static PickRecordsRequest PickOf(Trial trial, long then, string dataset = "") =>
        new()
        {
            DatasetId = dataset,
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
        };
}
