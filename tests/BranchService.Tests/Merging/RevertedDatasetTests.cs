using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Undoing commits that brought or deleted datasets: what came later stays.</summary>
public sealed class RevertedDatasetTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Labs = new()
    {
        Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "value", CellType.Text)],
        Key = [1],
    };

    private static readonly DatasetDefinition Repeats = Labs with
    {
        Constraints = [new ReferenceConstraint("of_lab", [2], "labs")],
    };

    [Fact]
    public async Task Records_written_since_keep_the_dataset_that_a_commit_made()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var made = await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");

        var refusal = await RefusedAsync(StatusCode.Aborted, ErrorReason.MergeConflict, () => RevertAsync(trial, made));

        Assert.Contains("dataset 'labs'", refusal.Message);
        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
        // Once its records are gone, it goes.
        await trial.DeleteAsync("target", "labs", "l1");
        await RevertAsync(trial, made);
        Assert.Null(await trial.FindDatasetAsync("target", "labs"));
    }

    [Fact]
    public async Task A_dataset_that_stays_as_it_is_by_choice_is_not_written_again()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var made = await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.NotRevertible,
            () => RevertAsync(trial, made, MergeStrategy.TakeTarget)
        );

        Assert.Contains("Nothing", refusal.Message);
        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
    }

    [Fact]
    public async Task Records_written_since_keep_the_dataset_that_a_merge_brought()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("source", "labs", Labs);
        await trial.PutTextsAsync("source", "labs", Labs, "l1", "5");
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var later = await trial.PutTextsAsync("target", "labs", Labs, "l2", "6");

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => RevertAsync(trial, merged.Merge.Commit.Version)
        );

        Assert.Equal(["l1 5", "l2 6"], await trial.RecordsAsync("target", "labs", Labs));
        // What was undone is nothing that came later.
        await RevertAsync(trial, later);
        await RevertAsync(trial, merged.Merge.Commit.Version);
        Assert.Null(await trial.FindDatasetAsync("target", "labs"));
    }

    [Fact]
    public async Task A_dataset_that_others_refer_to_is_not_undone()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var made = await trial.MakeAsync("target", "labs", Labs);
        var referring = await trial.MakeAsync("target", "repeats", Repeats);

        var refusal = await RefusedRevertAsync(trial, made, ErrorReason.ChecksFailed);

        Assert.Contains("'repeats'", refusal.Message);
        Assert.NotNull(await trial.FindDatasetAsync("target", "labs"));
        await RevertAsync(trial, referring);
        await RevertAsync(trial, made);
        Assert.Null(await trial.FindDatasetAsync("target", "labs"));
    }

    [Fact]
    public async Task A_deleted_dataset_comes_back_whole_and_not_beside_another_of_its_name()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");
        var dropped = await trial.DropAsync("target", "labs");
        await trial.MakeAsync("target", "labs", Labs);

        var refusal = await RefusedRevertAsync(trial, dropped, ErrorReason.NotRevertible);

        Assert.Contains("'labs'", refusal.Message);
        await trial.DropAsync("target", "labs");
        await RevertAsync(trial, dropped);
        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
    }

    /// <summary>What two branches wrote while the dataset was gone comes back as they come together.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deleted_dataset_comes_back_with_what_merges_brought_since(bool isReverse)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 40, "active", "c1"));
        await trial.DropAsync("target", "visit");
        var dropped = await trial.DropAsync("target", "subject");
        foreach (var side in isReverse ? new[] { "g", "f" } : ["f", "g"])
        {
            await fixture.MergeAsync(trial, side, "target", MergeStrategy.TakeTarget);
        }

        await RevertAsync(trial, dropped);

        Assert.Equal(["s1 41 active c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task What_merges_brought_to_a_deleted_dataset_against_each_other_does_not_come_back_with_it()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("g", ("s1", 42, "placebo", "c1"));
        await trial.DropAsync("target", "visit");
        var dropped = await trial.DropAsync("target", "subject");
        foreach (var side in new[] { "f", "g" })
        {
            await fixture.MergeAsync(trial, side, "target", MergeStrategy.TakeTarget);
        }

        var refusal = await RefusedRevertAsync(trial, dropped, ErrorReason.NotRevertible);

        Assert.Contains("record s1", refusal.Message, StringComparison.Ordinal);
        await PickSubjectsAsync(trial, dropped - 1);
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    /// <summary>Of a record that the branch had changed before it deleted the dataset.</summary>
    [Fact]
    public async Task What_a_merge_brought_to_a_deleted_dataset_comes_back_beside_what_the_branch_had()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        await trial.DropAsync("target", "visit");
        var dropped = await trial.DropAsync("target", "subject");
        await fixture.MergeAsync(trial, "f", "target", MergeStrategy.TakeTarget);

        await RevertAsync(trial, dropped);

        Assert.Equal(["s1 41 active c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    /// <summary>Nobody held these to the rules while there was no dataset, nor to each other.</summary>
    [Fact]
    public async Task A_deleted_dataset_comes_back_only_where_what_merges_brought_meets_its_rules()
    {
        var trial = await Crossing.CreateAsync(fixture);
        var loose = Trial.Subject with { Columns = Trial.Subject.Columns.SetItem(1, new(2, "age", CellType.Integer)) };
        await trial.DefineAsync("f", loose);
        await trial.PutAsync("f", ("s3", 150, "placebo", "c3"), ("s4", 41, "placebo", "c9"));
        await trial.PutAsync("g", ("s5", 42, "active", "c9"));
        await trial.DropAsync("target", "visit");
        var dropped = await trial.DropAsync("target", "subject");
        foreach (var side in new[] { "f", "g" })
        {
            await fixture.MergeAsync(trial, side, "target", MergeStrategy.TakeTarget);
        }

        var refusal = await RefusedRevertAsync(trial, dropped, ErrorReason.ChecksFailed);

        Assert.Contains("one_code", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("subject.age", refusal.Message, StringComparison.Ordinal);
        Assert.Null(await trial.FindDatasetAsync("target", "subject"));
    }

    [Fact]
    public async Task A_dataset_does_not_come_back_with_a_type_that_what_merges_brought_since_does_not_have()
    {
        var trial = await Crossing.CreateAsync(fixture);
        var age = Trial.Subject.Columns[1];
        var wide = Trial.Subject with
        {
            Columns = Trial.Subject.Columns.SetItem(1, age with { Type = CellType.Decimal }),
        };
        Assert.True(ExactDecimal.TryParse("40.5", out var half));
        await trial.DefineAsync("f", wide);
        await trial.PutCellsAsync(
            "f",
            "subject",
            wide,
            CellValue.OfText("s1"),
            CellValue.OfDecimal(half),
            CellValue.OfText("placebo"),
            CellValue.OfText("c1")
        );
        await trial.DropAsync("target", "visit");
        var then = await trial.HeadVersionAsync("target");
        var dropped = await trial.DropAsync("target", "subject");
        await fixture.MergeAsync(trial, "f", "target", MergeStrategy.TakeTarget);

        var refusal = await RefusedRevertAsync(trial, dropped, ErrorReason.ChecksFailed);

        Assert.Contains("subject.age", refusal.Message, StringComparison.Ordinal);
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => PickSubjectsAsync(trial, then)
        );
    }

    [Fact]
    public async Task A_dataset_made_again_under_its_name_gives_way_to_the_one_of_before_and_comes_back_with_the_next()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");
        var pair = new MergePair { Source = trial.Branch("target"), Target = trial.Branch("source") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        await trial.DropAsync("source", "labs");
        await trial.MakeAsync("source", "labs", Labs);
        await trial.PutTextsAsync("source", "labs", Labs, "l2", "6");
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        var reverted = await RevertAsync(trial, merged.Merge.Commit.Version);

        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
        await RevertAsync(trial, reverted.Commit.Version);
        Assert.Equal(["l2 6"], await trial.RecordsAsync("target", "labs", Labs));
    }

    [Theory]
    [InlineData(ResolutionSide.Source, "l1 5|l3 7")]
    [InlineData(ResolutionSide.Base, "l1 5|l2 6")]
    public async Task A_dataset_deleted_since_comes_back_with_the_records_of_the_state_that_is_decided(
        ResolutionSide side,
        string expected
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");
        await trial.PutTextsAsync("target", "labs", Labs, "l3", "7");
        var back = new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source };
        await fixture.Merges.MergeBranchAsync(new() { Pair = back }, fixture.Lab);
        await trial.DefineAsync(
            "source",
            Labs with
            {
                Columns = Labs.Columns.Add(new(3, "unit", CellType.Text)),
            },
            "labs"
        );
        await trial.PutTextsAsync("source", "labs", Labs, "l2", "6");
        await trial.DeleteAsync("source", "labs", "l3");
        var merged = (await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)).Merge;
        await trial.PutTextsAsync("target", "labs", Labs, "l3", "again");
        await trial.DropAsync("target", "labs");
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
            await RevertAsync(trial, merged.Commit.Version)
        );
        var conflict = StatusDetails
            .Find(failure)!
            .Details.Single(detail => detail.Is(Conflict.Descriptor))
            .Unpack<Conflict>();

        await RevertAsync(
            trial,
            merged.Commit.Version,
            new Resolution { ConflictId = conflict.ConflictId, Side = side }
        );

        Assert.Equal(expected.Split('|'), await trial.RecordsAsync("target", "labs", Labs));
        var columns = (await trial.DefinitionAsync("target", "labs")).Columns;
        Assert.Equal(side == ResolutionSide.Base, columns.Any(column => column.Name == "unit"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dataset_made_again_does_not_give_way_under_records_that_refer_to_its_own(bool isTouched)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await trial.PutTextsAsync("target", "labs", Labs, "l1", "5");
        await trial.MakeAsync("target", "repeats", isTouched ? Repeats : Labs);
        await trial.PutTextsAsync("target", "repeats", Labs, "r1", "l1");
        var pair = new MergePair { Source = trial.Branch("target"), Target = trial.Branch("source") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        if (isTouched)
        {
            await trial.PutTextsAsync("source", "repeats", Labs, "r1", null);
        }

        await trial.DropAsync("source", "labs");
        await trial.MakeAsync("source", "labs", Labs);
        await trial.PutTextsAsync("source", "labs", Labs, "l2", "6");
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await trial.PutTextsAsync("target", "repeats", Labs, "r2", "l2");
        await trial.DefineAsync("target", Repeats, "repeats");

        var refusal = await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => RevertAsync(trial, merged.Merge.Commit.Version)
        );

        Assert.Contains("r2", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(["l2 6"], await trial.RecordsAsync("target", "labs", Labs));
        // What refers to none, or to one that comes back, is not in the way.
        await trial.PutTextsAsync("target", "repeats", Labs, "r2", "l1");
        await RevertAsync(trial, merged.Merge.Commit.Version);
        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
        Assert.Equal(["r1 l1", "r2 l1"], await trial.RecordsAsync("target", "repeats", Labs));
    }

    private Task<DendriteException> RefusedRevertAsync(Trial trial, long version, ErrorReason reason) =>
        RefusedAsync(StatusCode.FailedPrecondition, reason, () => RevertAsync(trial, version));

    /// <summary>Brings the dataset of subjects back as the branch had it at a version.</summary>
    private AsyncUnaryCall<PickRecordsResponse> PickSubjectsAsync(Trial trial, long version)
    {
        var source = new SnapshotReference
        {
            Branch = trial.Branch("target"),
            Point = new() { Version = version },
        };
        return fixture.Merges.PickRecordsAsync(
            new()
            {
                Target = trial.Branch("target"),
                Source = source,
                DatasetId = "subject",
            },
            fixture.Lab
        );
    }

    private AsyncUnaryCall<RevertCommitResponse> RevertAsync(
        Trial trial,
        long version,
        params IEnumerable<Resolution> decisions
    ) => RevertAsync(trial, version, MergeStrategy.Fail, decisions);

    private AsyncUnaryCall<RevertCommitResponse> RevertAsync(
        Trial trial,
        long version,
        MergeStrategy strategy,
        params IEnumerable<Resolution> decisions
    ) =>
        fixture.Merges.RevertCommitAsync(
            new()
            {
                Commit = $"{trial.Branch("target")}/commits/{version}",
                Branch = trial.Branch("target"),
                Policy = new() { Strategy = strategy, Resolutions = { decisions } },
            },
            fixture.Lab
        );
}
