using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Constraints that come back with a revert, or meet another type in a merge, hold for records that nobody writes.
/// </summary>
public sealed class RevertedRuleTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Free = Trial.Subject with { Constraints = [] };

    [Fact]
    public async Task A_uniqueness_comes_back_only_where_no_two_records_have_the_same_values()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var dropped = await trial.DefineAsync("target", Free);
        await PutAsync(trial, "s3", "c1");
        await PutAsync(trial, "s4", "x");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => RevertAsync(trial, dropped)
        );

        Assert.Contains("s1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("s3", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("one_code", refusal.Message, StringComparison.Ordinal);
        await trial.DeleteAsync("target", "s3");
        await RevertAsync(trial, dropped);
        // Whoever writes next is held against what was written without it.
        Assert.Equal(1, await CountAsync(trial, "subject", Trial.Subject, "x"));
    }

    [Fact]
    public async Task A_uniqueness_that_comes_back_is_held_against_what_goes_back_with_it()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.DefineAsync("source", Free);
        await trial.PutAsync("source", ("s1", 40, "placebo", null));
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await PutAsync(trial, "s3", "c1");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => RevertAsync(trial, merged.Merge.Commit.Version)
        );

        Assert.Contains("s3", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("s1 40 placebo -", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_reference_that_comes_back_finds_who_refers_to_a_record()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var free = Trial.Visit with { Constraints = [] };
        var dropped = await trial.DefineAsync("target", free, "visit");
        await trial.PutTextsAsync("target", "visit", free, "v1", "s1");

        await RevertAsync(trial, dropped);

        Assert.Equal(1, await CountAsync(trial, "visit", Trial.Visit, "s1"));
    }

    [Fact]
    public async Task A_record_that_nobody_wrote_is_found_by_a_constraint_of_one_side_under_the_type_of_the_other()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var wide = Probe(CellType.Text, false);
        await trial.MakeAsync("target", "probe", Probe(CellType.Integer, false));
        CellValue?[] cells = [CellValue.OfText("p1"), CellValue.OfInteger(9)];
        await trial.PutCellsAsync("target", "probe", Probe(CellType.Integer, false), [.. cells]);
        var pair = new MergePair { Source = trial.Branch("target"), Target = trial.Branch("source") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        await trial.DefineAsync("source", wide, "probe");
        await trial.DefineAsync("target", Probe(CellType.Integer, true), "probe");

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Equal(1, await CountAsync(trial, "probe", Probe(CellType.Text, true), "9"));
    }

    private static DatasetDefinition Probe(CellType number, bool isUnique) =>
        new()
        {
            Columns =
            [
                new(1, "id", CellType.Text) { Required = true },
                new(2, "number", number) { FormerTypes = number == CellType.Text ? [CellType.Integer] : [] },
            ],
            Key = [1],
            Constraints = isUnique ? [new UniqueConstraint("one_number", [2])] : [],
        };

    /// <summary>Writes a subject without the constraint.</summary>
    private static Task<long> PutAsync(Trial trial, string id, string code) =>
        trial.PutCellsAsync("target", "subject", Free, CellValue.OfText(id), null, null, CellValue.OfText(code));

    /// <summary>How many records are found by a value under the first constraint.</summary>
    private async Task<int> CountAsync(Trial trial, string dataset, DatasetDefinition definition, string value)
    {
        var found = await trial.FindDatasetAsync("target", dataset);
        var rule = definition.Constraints[0];
        var digest = ConstraintDigest.Of(rule, definition, [CellValue.OfText(value)]);
        var matches = await new RecordLookups(fixture.Ingest).FindAsync(
            await trial.ViewAsync("target"),
            found!.Id,
            [new RuleDigest(ConstraintDigest.RuleOf(rule), digest)],
            limitEach: 2,
            TestContext.Current.CancellationToken
        );
        return matches.Count;
    }

    private AsyncUnaryCall<RevertCommitResponse> RevertAsync(Trial trial, long version) =>
        fixture.Merges.RevertCommitAsync(
            new() { Commit = $"{trial.Branch("target")}/commits/{version}", Branch = trial.Branch("target") },
            fixture.Lab
        );
}
