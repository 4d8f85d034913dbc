using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Columns that a side widened: whatever the other did to them, what both wrote can be read.</summary>
public sealed class WidenedColumnMergeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Labs = OfValue(
        new(2, "value", CellType.Integer)
        {
            Minimum = CellValue.OfInteger(0),
            Maximum = CellValue.OfInteger(120),
            Default = CellValue.OfInteger(7),
            Fill = CellValue.OfInteger(7),
        }
    );

    private static readonly DatasetDefinition OfText = OfValue(
        new(2, "value", CellType.Text)
        {
            FormerTypes = [CellType.Integer],
            Default = CellValue.OfText("7"),
            Fill = CellValue.OfText("7"),
        }
    );

    private static readonly DatasetDefinition OfDecimal = OfValue(
        new(2, "value", CellType.Decimal)
        {
            FormerTypes = [CellType.Integer],
            Minimum = Decimal(0),
            Maximum = Decimal(120),
            Default = Decimal(7),
            Fill = Decimal(7),
        }
    );

    private static readonly DatasetDefinition OfTextAtLast = OfValue(
        OfText.Columns[1] with
        {
            FormerTypes = [CellType.Integer, CellType.Decimal],
        }
    );

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_column_that_both_sides_widened_differently_has_the_type_that_reads_what_both_wrote(
        string text,
        string number
    )
    {
        var trial = await CreateAsync();
        await trial.DefineAsync(text, OfText, "labs");
        await trial.PutTextsAsync(text, "labs", OfText, "l2", "abc");
        await trial.DefineAsync(number, OfDecimal, "labs");
        await trial.PutCellsAsync(number, "labs", OfDecimal, CellValue.OfText("l3"), Decimal(6));

        Assert.Empty((await PreviewAsync(trial)).Conflicts);
        await MergeAsync(trial);

        Assert.Equal(["l1 5", "l2 abc", "l3 6"], await trial.RecordsAsync("target", "labs", OfTextAtLast));
        var merged = await trial.DefinitionAsync("target", "labs");
        Assert.Equal(OfTextAtLast.Columns[1], merged.Columns[1]);
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task One_type_that_two_sides_came_to_in_different_steps_is_no_conflict(string first, string second)
    {
        var trial = await CreateAsync();
        await trial.DefineAsync(first, OfText, "labs");
        await trial.DefineAsync(second, OfTextAtLast, "labs");

        await MergeAsync(trial);

        Assert.Equal(OfTextAtLast.Columns[1], (await trial.DefinitionAsync("target", "labs")).Columns[1]);
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_conflict_over_another_property_of_a_widened_column_is_told_and_decided_either_way(
        string widens,
        string other
    )
    {
        foreach (var strategy in new[] { MergeStrategy.TakeSource, MergeStrategy.TakeTarget })
        {
            var trial = await CreateAsync();
            await trial.DefineAsync(widens, OfValue(OfText.Columns[1] with { Unit = "mg" }), "labs");
            await trial.PutTextsAsync(widens, "labs", OfText, "l2", "abc");
            await trial.DefineAsync(other, OfValue(Labs.Columns[1] with { Unit = "g" }), "labs");

            var conflict = Assert.Single((await PreviewAsync(trial)).Conflicts);
            Assert.Equal(("labs", "value"), (conflict.Schema.DatasetId, conflict.Schema.Element));
            await MergeAsync(trial, strategy);

            var merged = (await trial.DefinitionAsync("target", "labs")).Columns[1];
            var taken = strategy == MergeStrategy.TakeSource ? "source" : "target";
            Assert.Equal((CellType.Text, taken == widens ? "mg" : "g"), (merged.Type, merged.Unit));
            Assert.Equal(["l1 5", "l2 abc"], await trial.RecordsAsync("target", "labs", OfText));
        }
    }

    [Fact]
    public async Task A_bound_that_one_side_set_holds_in_the_column_that_the_other_made_decimal()
    {
        var trial = await CreateAsync();
        await trial.DefineAsync("source", OfDecimal, "labs");
        var loosened = Labs.Columns[1] with { Maximum = CellValue.OfInteger(200) };
        await trial.DefineAsync("target", OfValue(loosened), "labs");

        await MergeAsync(trial);

        Assert.Equal(
            OfDecimal.Columns[1] with
            {
                Maximum = Decimal(200),
            },
            (await trial.DefinitionAsync("target", "labs")).Columns[1]
        );
    }

    [Theory]
    [InlineData(ResolutionSide.Source)]
    [InlineData(ResolutionSide.Target)]
    [InlineData(ResolutionSide.Base)]
    public async Task A_column_that_one_side_widened_and_the_other_dropped_is_never_narrow_again(ResolutionSide side)
    {
        var trial = await CreateAsync();
        await trial.DefineAsync("source", OfText, "labs");
        await trial.PutTextsAsync("source", "labs", OfText, "l2", "abc");
        await trial.DefineAsync("target", Labs with { Columns = Labs.Columns.RemoveAt(1) }, "labs");
        var conflict = Assert.Single((await PreviewAsync(trial)).Conflicts);
        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            Policy = new()
            {
                Resolutions =
                {
                    new Resolution { ConflictId = conflict.ConflictId, Side = side },
                },
            },
        };

        if (side == ResolutionSide.Base)
        {
            var refusal = await RefusedAsync(
                StatusCode.FailedPrecondition,
                ErrorReason.ChecksFailed,
                () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
            );
            Assert.Contains("labs.value was widened to text by one side", refusal.Message, StringComparison.Ordinal);
            return;
        }

        await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        var merged = await trial.DefinitionAsync("target", "labs");
        Assert.Equal(side == ResolutionSide.Source ? 2 : 1, merged.Columns.Length);
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_column_that_one_side_widened_and_dropped_does_not_stay_narrow_over_what_was_written_in_it(
        string drops,
        string keeps
    )
    {
        var trial = await CreateAsync();
        var strategy = keeps == "source" ? MergeStrategy.TakeSource : MergeStrategy.TakeTarget;
        await trial.DefineAsync(drops, OfText, "labs");
        await trial.PutTextsAsync(drops, "labs", OfText, "l2", "abc");
        await trial.DefineAsync(drops, Labs with { Columns = Labs.Columns.RemoveAt(1) }, "labs");
        await trial.DefineAsync(keeps, OfValue(Labs.Columns[1] with { Unit = "g" }), "labs");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => Merge(trial, strategy)
        );
        Assert.Contains("in l2.", refusal.Message, StringComparison.Ordinal);

        var widened = OfText.Columns[1] with { Unit = "g" };
        await trial.DefineAsync(keeps, OfValue(widened), "labs");
        await MergeAsync(trial, strategy);
        Assert.Equal(widened, (await trial.DefinitionAsync("target", "labs")).Columns[1]);
        Assert.Equal(["l1 5", "l2 abc"], await trial.RecordsAsync("target", "labs", OfText));
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_dataset_that_stays_must_read_what_the_side_that_deleted_it_wrote_for_that_is_in_the_history(
        string deletes,
        string keeps
    )
    {
        var trial = await CreateAsync();
        var strategy = keeps == "source" ? MergeStrategy.TakeSource : MergeStrategy.TakeTarget;
        await trial.DefineAsync(deletes, OfText, "labs");
        await trial.PutTextsAsync(deletes, "labs", OfText, "l1", "abc");
        await trial.DropAsync(deletes, "labs");
        await trial.PutCellsAsync(keeps, "labs", Labs, CellValue.OfText("l2"), CellValue.OfInteger(6));
        Assert.Single((await PreviewAsync(trial)).Conflicts);

        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () =>
                fixture.Merges.MergeBranchAsync(
                    new()
                    {
                        Pair = trial.Pair,
                        Policy = new() { Strategy = strategy },
                    },
                    fixture.Lab
                )
        );

        await trial.DefineAsync(keeps, OfText, "labs");
        await MergeAsync(trial, strategy);
        Assert.Equal(["l1 5", "l2 6"], await trial.RecordsAsync("target", "labs", OfText));
        var history = await fixture.History.ListRecordVersionsAsync(
            new() { Name = $"{trial.Branch("target")}/datasets/labs/records/l1" },
            fixture.Lab
        );
        Assert.NotEmpty(history.Versions);
    }

    /// <summary>A trial with a dataset of one record on both sides.</summary>
    private async Task<Trial> CreateAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await trial.PutCellsAsync("target", "labs", Labs, CellValue.OfText("l1"), CellValue.OfInteger(5));
        var back = new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source };
        await fixture.Merges.MergeBranchAsync(new() { Pair = back }, fixture.Lab);
        return trial;
    }

    private static DatasetDefinition OfValue(ColumnDefinition value) =>
        new() { Columns = [new(1, "id", CellType.Text) { Required = true }, value], Key = [1] };

    private static CellValue Decimal(int value) => CellValue.OfDecimal(ExactDecimal.FromInteger(value));

    private async Task<PreviewMergeResponse> PreviewAsync(Trial trial) =>
        await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

    private async Task MergeAsync(Trial trial, MergeStrategy strategy = MergeStrategy.Fail) =>
        await Merge(trial, strategy);

    private AsyncUnaryCall<MergeBranchResponse> Merge(Trial trial, MergeStrategy strategy) =>
        fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = trial.Pair,
                Policy = new() { Strategy = strategy },
            },
            fixture.Lab
        );
}
