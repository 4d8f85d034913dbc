using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Picks between states where a column has different types: a value comes as it is, or is refused.</summary>
public sealed class PickedTypeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition OfText = Trial.Subject with
    {
        Columns = Trial.Subject.Columns.SetItem(1, new(2, "age", CellType.Text) { FormerTypes = [CellType.Integer] }),
    };

    [Fact]
    public async Task A_value_that_is_none_of_the_targets_type_is_refused_and_others_come()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DefineAsync("source", OfText);
        await PutAsync(trial, "source", "s3", "unknown");
        await PutAsync(trial, "source", "s4", "33");
        await PutAsync(trial, "source", "s5", "034");
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new() { Branch = trial.Branch("source") },
            DatasetId = "subject",
        };

        foreach (var (filter, record) in new[] { ("", "s3"), ("id = \"s3\"", "s3"), ("id = \"s5\"", "s5") })
        {
            request.Filter = filter;
            var refusal = await RefusedAsync(
                StatusCode.FailedPrecondition,
                ErrorReason.DatasetMismatch,
                () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
            );
            Assert.Contains(record, refusal.Message, StringComparison.Ordinal);
            Assert.Contains("column age", refusal.Message, StringComparison.Ordinal);
        }

        request.Filter = "age >= 30 AND age < 50";
        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        // Of what stood before the column was widened, s1 is 40.
        Assert.Equal((1, 0, 1), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Contains("s4 33 - -", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_dataset_does_not_come_back_with_a_column_narrower_than_what_was_written_in_it_since()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DropAsync("target", "visit");
        var then = await trial.HeadVersionAsync("target");
        await trial.DefineAsync("target", OfText);
        await trial.DropAsync("target", "subject");
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            DatasetId = "subject",
        };
        Assert.Equal(2, (await fixture.Merges.PickRecordsAsync(request, fixture.Lab)).WrittenRecords);
        await trial.DefineAsync("target", OfText);
        await PutAsync(trial, "target", "s2", "unknown");
        await trial.DropAsync("target", "subject");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );

        Assert.Contains("subject.age", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("s2", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await trial.FindDatasetAsync("target", "subject"));
    }

    [Fact]
    public async Task Records_of_others_do_not_fail_for_a_narrower_column_of_a_dataset_that_does_not_come_back()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var note = Trial.Visit with { Constraints = [] };
        await trial.MakeAsync("target", "note", note);
        await trial.PutTextsAsync("target", "note", note, "s7", "first");
        await trial.DropAsync("target", "visit");
        var then = await trial.HeadVersionAsync("target");
        await trial.PutTextsAsync("target", "note", note, "s7", "second");
        await trial.DefineAsync("target", OfText);
        await PutAsync(trial, "target", "s2", "unknown");
        await trial.DropAsync("target", "subject");
        var request = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new()
            {
                Branch = trial.Branch("target"),
                Point = new() { Version = then },
            },
            Filter = "id = \"s7\"",
        };

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 0, 0), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Equal(["s7 first"], await trial.RecordsAsync("target", "note", note));
        Assert.Empty(picked.RestoredDatasets);
        (request.DatasetId, request.Filter) = ("subject", "");
        request.RecordIds.Add("s7");
        Assert.Null((await fixture.Merges.PickRecordsAsync(request, fixture.Lab)).Commit);
        request.RecordIds.Add("s1");
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
        );
    }

    private static Task<long> PutAsync(Trial trial, string side, string id, string age) =>
        trial.PutTextsAsync(side, "subject", OfText, id, age, null, null);
}
