using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// A dataset that one side deleted and the other changed, its definition or its records, is one conflict, and stays or
/// goes whole as is decided.
/// </summary>
public sealed class DeletedDatasetMergeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Labs = new()
    {
        Columns =
        [
            new(1, "id", CellType.Text) { Required = true },
            new(2, "value", CellType.Integer) { Maximum = CellValue.OfInteger(120) },
        ],
        Key = [1],
    };

    private static readonly DatasetDefinition Loosened = Labs with
    {
        Columns = Labs.Columns.SetItem(1, Labs.Columns[1] with { Maximum = CellValue.OfInteger(200) }),
    };

    public static TheoryData<string, string, DatasetDefinition> Changes
    {
        get
        {
            var data = new TheoryData<string, string, DatasetDefinition>();
            DatasetDefinition[] changed =
            [
                Labs with
                {
                    Columns = Labs.Columns.Add(new(3, "unit", CellType.Text)),
                },
                Labs with
                {
                    Constraints = [new UniqueConstraint("one_value", [2])],
                },
                Loosened,
                Labs with
                {
                    Description = "said anew",
                },
            ];
            foreach (var definition in changed)
            {
                data.Add("source", "target", definition);
                data.Add("target", "source", definition);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_definition_that_one_side_changed_does_not_go_with_the_dataset_that_the_other_deleted(
        string deletes,
        string changes,
        DatasetDefinition changed
    )
    {
        var trial = await CreateAsync();
        await trial.DropAsync(deletes, "labs");
        await trial.DefineAsync(changes, changed, "labs");

        var conflict = Assert.Single((await PreviewAsync(trial)).Conflicts);

        Assert.Equal(ConflictKind.Schema, conflict.Kind);
        Assert.Equal(("labs", ""), (conflict.Schema.DatasetId, conflict.Schema.Element));
        Assert.Equal(
            (true, deletes != "source", deletes != "target"),
            (conflict.Schema.Base is not null, conflict.Schema.Source is not null, conflict.Schema.Target is not null)
        );
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        await MergeAsync(trial, Taking(changes));
        var merged = await trial.DefinitionAsync("target", "labs");
        Assert.Equal(changed, merged with { SchemaVersion = null });
        Assert.Equal(["l1 5"], await trial.RecordsAsync("target", "labs", Labs));
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_dataset_that_one_side_deleted_and_the_other_wrote_to_stays_or_goes_as_is_decided(
        string deletes,
        string writes
    )
    {
        foreach (var taken in new[] { deletes, writes })
        {
            var trial = await CreateAsync();
            await trial.DropAsync(deletes, "labs");
            await PutAsync(trial, writes, "l2", 6);

            await MergeAsync(trial, Taking(taken));

            string[] kept = taken == writes ? ["l1 5", "l2 6"] : [];
            Assert.Equal(kept, await trial.RecordsAsync("target", "labs", Labs));
            Assert.Equal(taken == writes, await trial.FindDatasetAsync("target", "labs") is not null);
        }
    }

    [Theory]
    [InlineData(ResolutionSide.Source, "")]
    [InlineData(ResolutionSide.Target, "l1 5|l2 6")]
    [InlineData(ResolutionSide.Base, "l1 5")]
    public async Task A_merge_that_waits_is_completed_as_was_decided_about_a_deleted_dataset(
        ResolutionSide side,
        string kept
    )
    {
        var trial = await CreateAsync();
        await trial.DropAsync("source", "labs");
        await PutAsync(trial, "target", "l2", 6);
        var opened = await fixture.Merges.CreateMergeAsync(
            new()
            {
                Parent = "projects/lab",
                Merge = new() { Pair = trial.Pair },
            },
            fixture.Lab
        );
        var name = opened.Merge.Name;
        var conflicts = await fixture.Merges.ListConflictsAsync(new() { Parent = name }, fixture.Lab);
        var decision = new Resolution { ConflictId = Assert.Single(conflicts.Conflicts).ConflictId, Side = side };

        var decided = await fixture.Merges.ResolveConflictsAsync(
            new() { Name = name, Resolutions = { decision } },
            fixture.Lab
        );

        Assert.Equal(MergeState.Ready, decided.Merge.State);
        await fixture.Merges.CompleteMergeAsync(new() { Name = name }, fixture.Lab);
        Assert.Equal(kept.Split('|', StringSplitOptions.RemoveEmptyEntries), await LabsAsync(trial));
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task What_a_side_wrote_before_it_deleted_the_dataset_is_not_in_the_one_that_the_other_keeps(
        string deletes,
        string keeps
    )
    {
        var trial = await CreateAsync();
        await PutAsync(trial, keeps, "l3", 7);
        await PutAsync(trial, deletes, "l1", 1);
        await PutAsync(trial, deletes, "l2", 2);
        await trial.DeleteAsync(deletes, "labs", "l3");
        await trial.DropAsync(deletes, "labs");

        Assert.Single((await PreviewAsync(trial)).Conflicts);
        await MergeAsync(trial, Taking(keeps));

        Assert.Equal(["l1 5", "l3 7"], await LabsAsync(trial));
    }

    [Fact]
    public async Task A_dataset_that_stays_does_not_refer_to_records_that_the_side_that_deleted_it_deleted_too()
    {
        var trial = await CreateAsync();
        var visits = Trial.Visit;
        await trial.PutVisitAsync("target", "v1", "s1");
        await MergeAsync(trial, MergeStrategy.Fail, swapped: true);
        await trial.DropAsync("source", "visit");
        await trial.DeleteAsync("source", "s1");
        await trial.DefineAsync("target", visits with { Description = "said anew" }, "visit");

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () =>
                fixture.Merges.MergeBranchAsync(
                    new()
                    {
                        Pair = trial.Pair,
                        Policy = new() { Resolutions = { Decide(trial) } },
                    },
                    fixture.Lab
                )
        );
        await MergeAsync(trial, MergeStrategy.TakeSource);
        Assert.Null(await trial.FindDatasetAsync("target", "visit"));
    }

    [Fact]
    public async Task A_dataset_that_stays_does_not_refer_to_one_that_the_side_that_deleted_it_made_again()
    {
        var trial = await CreateAsync();
        var tests = Trial.Visit with { Constraints = [new ReferenceConstraint("of_lab", [2], "labs")] };
        await trial.MakeAsync("target", "tests", tests);
        await trial.PutTextsAsync("target", "tests", tests, "t1", "l1");
        await MergeAsync(trial, MergeStrategy.Fail, swapped: true);
        await trial.DefineAsync("target", tests with { Description = "said anew" }, "tests");
        await trial.DropAsync("source", "tests");
        await trial.DropAsync("source", "labs");
        await trial.MakeAsync("source", "labs", Labs);
        await PutAsync(trial, "source", "l2", 6);

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () =>
                fixture.Merges.MergeBranchAsync(
                    new()
                    {
                        Pair = trial.Pair,
                        Policy = new() { Strategy = MergeStrategy.TakeTarget },
                    },
                    fixture.Lab
                )
        );

        Assert.Equal(["t1 l1"], await trial.RecordsAsync("target", "tests", tests));
    }

    [Fact]
    public async Task Records_of_then_do_not_come_to_refer_to_a_dataset_that_the_other_side_made_in_place_of_theirs()
    {
        var trial = await CreateAsync();
        var tests = Trial.Visit with { Constraints = [] };
        await trial.MakeAsync("target", "tests", tests);
        await trial.PutTextsAsync("target", "tests", tests, "t1", "l1");
        await MergeAsync(trial, MergeStrategy.Fail, swapped: true);
        await trial.DefineAsync(
            "target",
            tests with
            {
                Constraints = [new ReferenceConstraint("of_lab", [2], "labs")],
            },
            "tests"
        );
        await trial.DropAsync("source", "labs");
        await trial.MakeAsync("source", "labs", Labs);
        await PutAsync(trial, "source", "l2", 6);

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );

        Assert.Equal(["t1 l1"], await trial.RecordsAsync("target", "tests", tests));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeSource)]
    public async Task A_revert_keeps_or_deletes_the_dataset_whose_definition_was_changed_since_as_is_decided(
        MergeStrategy strategy
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("source", "labs", Labs);
        await PutAsync(trial, "source", "l1", 5);
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        await trial.DefineAsync("target", Loosened, "labs");
        var request = new RevertCommitRequest
        {
            Commit = $"{trial.Branch("target")}/commits/{merged.Merge.Commit.Version}",
            Branch = trial.Branch("target"),
        };
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.RevertCommitAsync(request, fixture.Lab)
        );

        request.Policy = new() { Strategy = strategy };
        await fixture.Merges.RevertCommitAsync(request, fixture.Lab);

        string[] kept = strategy == MergeStrategy.TakeTarget ? ["l1 5"] : [];
        Assert.Equal(kept, await LabsAsync(trial));
        Assert.DoesNotContain("s3 60 active c3", await trial.SubjectsAsync("target"));
    }

    /// <summary>A trial with a dataset of one record on both sides.</summary>
    private async Task<Trial> CreateAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await PutAsync(trial, "target", "l1", 5);
        await MergeAsync(trial, MergeStrategy.Fail, swapped: true);
        return trial;
    }

    private static Task<long> PutAsync(Trial trial, string side, string id, long value) =>
        trial.PutCellsAsync(side, "labs", Labs, CellValue.OfText(id), CellValue.OfInteger(value));

    private static Task<IReadOnlyList<string>> LabsAsync(Trial trial) => trial.RecordsAsync("target", "labs", Labs);

    private static MergeStrategy Taking(string side) =>
        side == "source" ? MergeStrategy.TakeSource : MergeStrategy.TakeTarget;

    private Resolution Decide(Trial trial) =>
        new()
        {
            ConflictId = fixture
                .Merges.PreviewMerge(new() { Pair = trial.Pair }, fixture.Lab)
                .Conflicts.First(conflict => conflict.Kind == ConflictKind.Schema)
                .ConflictId,
            Side = ResolutionSide.Target,
        };

    private async Task<PreviewMergeResponse> PreviewAsync(Trial trial) =>
        await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

    private async Task MergeAsync(Trial trial, MergeStrategy strategy, bool swapped = false)
    {
        var pair = swapped ? new() { Source = trial.Pair.Target, Target = trial.Pair.Source } : trial.Pair;
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = pair,
                Policy = new() { Strategy = strategy },
            },
            fixture.Lab
        );
    }
}
