using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Values that no side had in a record may be those of records that nobody wrote.</summary>
public sealed class MergedUniquenessTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_value_that_neither_side_had_is_refused_where_a_record_that_nobody_wrote_has_it()
    {
        var trial = await Trial.CreateAsync(fixture, "decided");
        await trial.PutAsync("source", ("s1", 40, "placebo", "c3"));
        await trial.PutAsync("target", ("s1", 40, "placebo", "c4"));
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var decision = new Resolution
        {
            ConflictId = Assert.Single(preview.Conflicts).ConflictId,
            Cells = new() { Fields = { ["code"] = Google.Protobuf.WellKnownTypes.Value.ForString("c2") } },
        };

        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new() { Resolutions = { decision } },
        };
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );

        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        Assert.Contains("one_code", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pick_is_refused_whose_value_another_record_of_the_target_has_got_since()
    {
        var trial = await Trial.CreateAsync(fixture, "taken");
        await trial.PutAsync("target", ("s1", 40, "placebo", "c9"));
        await trial.PutAsync("target", ("s3", 60, "active", "c1"));
        var pick = new PickRecordsRequest
        {
            Source = new() { Branch = trial.Branch("source") },
            Target = trial.Branch("target"),
            DatasetId = "subject",
            RecordIds = { "s1" },
        };

        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await fixture.Merges.PickRecordsAsync(pick, fixture.Lab)
        );

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Contains("one_code", failure.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("s1 40 placebo c9", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_value_that_one_side_wrote_is_found_under_the_type_that_the_other_gave_its_column()
    {
        var trial = await Trial.CreateAsync(fixture, "widened");
        await trial.MakeAsync("target", "probe", ProbeOf(CellType.Integer));
        await fixture.CreateAsync("widened-wide", new() { Branch = trial.Branch("target") });
        await trial.DefineAsync("wide", ProbeOf(CellType.Text), "probe");
        var cells = new[] { CellValue.OfText("p1"), CellValue.OfInteger(9) };
        await trial.PutCellsAsync("target", "probe", ProbeOf(CellType.Integer), [.. cells]);

        var pair = new MergePair { Source = trial.Branch("wide"), Target = trial.Branch("target") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);

        var probe = await trial.FindDatasetAsync("target", "probe");
        var (definition, rule) = (ProbeOf(CellType.Text), ProbeOf(CellType.Text).Constraints[0]);
        var asked = new RuleDigest(
            ConstraintDigest.RuleOf(rule),
            ConstraintDigest.Of(rule, definition, [CellValue.OfText("9")])
        );
        var found = await new RecordLookups(fixture.Ingest).FindAsync(
            await trial.ViewAsync("target"),
            probe!.Id,
            [asked],
            limitEach: 2,
            TestContext.Current.CancellationToken
        );
        Assert.Single(found);
    }

    /// <summary>A dataset whose numbers are unique.</summary>
    private static DatasetDefinition ProbeOf(CellType number) =>
        new()
        {
            Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "number", number)],
            Key = [1],
            Constraints = [new UniqueConstraint("one_number", [2])],
        };
}
