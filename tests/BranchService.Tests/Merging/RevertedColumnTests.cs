using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>A column goes back to what it was only where every record can be read, and allowed, under that.</summary>
public sealed class RevertedColumnTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly DatasetDefinition Labs = new()
    {
        Columns =
        [
            new(1, "id", CellType.Text) { Required = true },
            new(2, "value", CellType.Integer) { Required = true, Maximum = CellValue.OfInteger(120) },
            new(3, "kind", CellType.Enum) { AllowedValues = [CellValue.OfEnum("a")] },
        ],
        Key = [1],
    };

    private static readonly DatasetDefinition OfText = OfType(CellType.Text);

    public static TheoryData<string, DatasetDefinition, string?, string?> Loosened =>
        new()
        {
            { "is above the maximum 120", With(value => value with { Maximum = null }), "150", "a" },
            { "is required and has no value", With(value => value with { Required = false }), null, "a" },
            { "is required and has no value", Labs with { Columns = Labs.Columns.RemoveAt(1) }, null, "a" },
            {
                "is not one of a",
                Labs with
                {
                    Columns = Labs.Columns.SetItem(
                        2,
                        Labs.Columns[2] with
                        {
                            AllowedValues = [CellValue.OfEnum("a"), CellValue.OfEnum("b")],
                        }
                    ),
                },
                "5",
                "b"
            },
        };

    [Theory]
    [MemberData(nameof(Loosened))]
    public async Task A_rule_does_not_come_back_over_records_that_it_refuses(
        string problem,
        DatasetDefinition loosened,
        string? value,
        string? kind
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await PutAsync(trial, Labs, "l1", "5", "a");
        var changed = await trial.DefineAsync("target", loosened, "labs");
        await PutAsync(trial, loosened, "l2", value, kind);

        await FailsAsync(trial, changed, "l2", problem);

        await trial.DeleteAsync("target", "labs", "l2");
        await RevertAsync(trial, changed);
        Assert.Equal(["l1 5 a"], await trial.RecordsAsync("target", "labs", Labs));
    }

    [Theory]
    [InlineData(CellType.Text, "abc")]
    [InlineData(CellType.Text, "7")]
    [InlineData(CellType.Decimal, "1.5")]
    public async Task A_column_does_not_become_narrower_than_what_was_ever_written_in_it(CellType wide, string value)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        var widened = await trial.DefineAsync("target", OfType(wide), "labs");
        var written = await PutAsync(trial, OfType(wide), "l1", value, "a");

        await FailsAsync(trial, widened, "l1", "labs.value");

        Assert.Equal([$"l1 {value} a"], await trial.RecordsAsync("target", "labs", OfType(wide)));
        // Its history is read with the columns of now.
        await RevertAsync(trial, written);
        await FailsAsync(trial, widened, "l1", "labs.value");
    }

    [Fact]
    public async Task A_column_becomes_narrower_again_where_nothing_was_written_that_needs_the_wider_type()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await PutAsync(trial, Labs, "l1", "5", "a");
        var widened = await trial.DefineAsync("target", OfText, "labs");
        await RevertAsync(trial, widened);
        var kind = new ColumnDefinition(3, "kind", CellType.Text) { FormerTypes = [CellType.Enum] };
        var freed = Labs with { Columns = Labs.Columns.SetItem(2, kind) };
        widened = await trial.DefineAsync("target", freed, "labs");
        await PutAsync(trial, freed, "l2", "6", "a");

        await RevertAsync(trial, widened);

        Assert.Equal(["l1 5 a", "l2 6 a"], await trial.RecordsAsync("target", "labs", Labs));
    }

    [Fact]
    public async Task A_column_does_not_become_narrower_than_its_default()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        var widened = await trial.DefineAsync("target", OfText, "labs");
        var column = OfText.Columns[1] with { Default = CellValue.OfText("abc") };
        await trial.DefineAsync("target", OfText with { Columns = OfText.Columns.SetItem(1, column) }, "labs");

        await FailsAsync(trial, widened, "labs", "value");
    }

    [Fact]
    public async Task A_merge_that_brought_a_wider_column_with_such_values_is_refused_by_name()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await PutAsync(trial, Labs, "l1", "5", "a");
        var pair = new MergePair { Source = trial.Branch("target"), Target = trial.Branch("source") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        await trial.DefineAsync("source", OfText, "labs");
        await PutAsync(trial, OfText, "l1", "abc", "a", "source");
        var merged = await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        await FailsAsync(trial, merged.Merge.Commit.Version, "l1", "labs.value");

        Assert.Equal(["l1 abc a"], await trial.RecordsAsync("target", "labs", OfText));
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_column_whose_widening_one_side_reverted_is_merged_where_the_other_wrote_nothing_that_needs_it(
        string reverts,
        string other
    )
    {
        var (trial, widened) = await WidenAndForkAsync();
        await RevertAsync(trial, widened, reverts);
        await PutAsync(trial, Labs, "l2", "6", "a", reverts);
        await trial.DeleteAsync(other, "subject", "s2");

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Equal(["l1 5 a", "l2 6 a"], await trial.RecordsAsync("target", "labs", Labs));
        Assert.Equal(Labs.Columns[1], (await trial.DefinitionAsync("target", "labs")).Columns[1]);
    }

    [Theory]
    [InlineData("source", "target")]
    [InlineData("target", "source")]
    public async Task A_column_whose_widening_one_side_reverted_is_not_merged_over_what_the_other_wrote_in_it(
        string reverts,
        string other
    )
    {
        var (trial, widened) = await WidenAndForkAsync();
        await RevertAsync(trial, widened, reverts);
        await PutAsync(trial, OfText, "l2", "abc", "a", other);
        await PutAsync(trial, OfText, "l2", "6", "a", other);

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        Assert.Contains("labs.value would be integer again", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("in l2.", refusal.Message, StringComparison.Ordinal);

        await trial.DefineAsync(reverts, OfText, "labs");
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);
        Assert.Equal(["l1 5 a", "l2 6 a"], await trial.RecordsAsync("target", "labs", OfText));
    }

    [Fact]
    public async Task A_side_that_dropped_the_wide_column_is_held_to_what_it_wrote_in_it_before()
    {
        var (trial, widened) = await WidenAndForkAsync();
        await RevertAsync(trial, widened, "source");
        await trial.DefineAsync("source", With(value => value with { Unit = "mg" }), "labs");
        await PutAsync(trial, OfText, "l2", "abc", "a");
        await trial.DefineAsync("target", Labs with { Columns = Labs.Columns.RemoveAt(1) }, "labs");

        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () =>
                fixture.Merges.MergeBranchAsync(
                    new()
                    {
                        Pair = trial.Pair,
                        Policy = new() { Strategy = MergeStrategy.TakeSource },
                    },
                    fixture.Lab
                )
        );

        Assert.Contains("in l2.", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>Both sides have the dataset with the wide column, and a record written before.</summary>
    private async Task<(Trial Trial, long Widened)> WidenAndForkAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.MakeAsync("target", "labs", Labs);
        await PutAsync(trial, Labs, "l1", "5", "a");
        var widened = await trial.DefineAsync("target", OfText, "labs");
        var pair = new MergePair { Source = trial.Branch("target"), Target = trial.Branch("source") };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        return (trial, widened);
    }

    private static DatasetDefinition OfType(CellType type) =>
        With(value => value with { Type = type, FormerTypes = [CellType.Integer], Maximum = null });

    private static DatasetDefinition With(Func<ColumnDefinition, ColumnDefinition> change) =>
        Labs with
        {
            Columns = Labs.Columns.SetItem(1, change(Labs.Columns[1])),
        };

    private static Task<long> PutAsync(
        Trial trial,
        DatasetDefinition definition,
        string id,
        string? value,
        string? kind,
        string side = "target"
    )
    {
        string?[] given = [id, value, kind];
        var cells =
            from column in definition.Columns
            let text = given[column.Number - 1]
            select text is null ? null : column.Parse(CellInput.OfString(text)).Value;
        return trial.PutCellsAsync(side, "labs", definition, [.. cells]);
    }

    private async Task FailsAsync(Trial trial, long version, string name, string problem)
    {
        var refusal = await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => RevertAsync(trial, version)
        );
        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    private AsyncUnaryCall<RevertCommitResponse> RevertAsync(Trial trial, long version, string side = "target") =>
        fixture.Merges.RevertCommitAsync(
            new() { Commit = $"{trial.Branch("target")}/commits/{version}", Branch = trial.Branch(side) },
            fixture.Lab
        );
}
