using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Picks from states without some of the target's columns: of these they say nothing.</summary>
public sealed class PickedColumnTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly ColumnDefinition Site = new(9, "site", CellType.Text);

    [Fact]
    public async Task A_cell_of_a_column_that_came_since_stays_as_it_is()
    {
        var (trial, request) = await PrepareAsync(Site);
        await PutAsync(trial, "s1", 77, "Basel");

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 0, 1), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Equal(["s1 40 placebo c1 Basel", "s2 50 active c2 -"], await RecordsAsync(trial));
        await PutAsync(trial, "s1", 40, "Bern");
        var again = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);
        Assert.Null(again.Commit);
        Assert.Equal(2, again.UnchangedRecords);
    }

    [Fact]
    public async Task A_cell_does_not_go_back_to_what_records_older_than_its_column_have()
    {
        var fill = CellValue.OfText("unknown");
        var (trial, request) = await PrepareAsync(
            Site with
            {
                Required = true,
                Fill = fill,
                Default = CellValue.OfText("new"),
            }
        );
        await PutAsync(trial, "s1", 77, "Basel");
        await trial.DeleteAsync("target", "s2");

        await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        // What comes into the target anew has what any new record has.
        Assert.Equal(["s1 40 placebo c1 Basel", "s2 50 active c2 new"], await RecordsAsync(trial));
    }

    [Fact]
    public async Task A_record_that_comes_back_has_what_older_ones_have_where_there_is_no_default_any_more()
    {
        var (trial, request) = await PrepareAsync(Site with { Required = true, Fill = CellValue.OfText("unknown") });
        await trial.DeleteAsync("target", "s2");

        await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Contains("s2 50 active c2 unknown", await RecordsAsync(trial));
    }

    /// <summary>The record keeps what was written in it, which the target's narrower column cannot read.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("id = 's1'")]
    public async Task A_column_that_the_source_widened_and_then_dropped_says_nothing(string filter)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var age = Trial.Subject.Columns[1];
        Assert.True(ExactDecimal.TryParse("40.5", out var half));
        var wide = Trial.Subject with
        {
            Columns = Trial.Subject.Columns.SetItem(1, age with { Type = CellType.Decimal }),
        };
        await trial.DefineAsync("source", wide);
        await trial.PutCellsAsync(
            "source",
            "subject",
            wide,
            CellValue.OfText("s1"),
            CellValue.OfDecimal(half),
            CellValue.OfText("hidden"),
            CellValue.OfText("c1")
        );
        await trial.DefineAsync("source", Trial.Subject with { Columns = Trial.Subject.Columns.RemoveAt(1) });

        await fixture.Merges.PickRecordsAsync(
            new()
            {
                Target = trial.Branch("target"),
                Source = new() { Branch = trial.Branch("source") },
                DatasetId = "subject",
                Filter = filter,
            },
            fixture.Lab
        );

        Assert.Equal("s1 40 hidden c1", (await trial.SubjectsAsync("target"))[0]);
    }

    /// <summary>Of the source's records nobody knows what they would have in it.</summary>
    [Theory]
    [InlineData("site = 'unknown'")]
    [InlineData("id = 's1' AND NOT site = 'Basel'")]
    public async Task A_filter_does_not_speak_of_a_column_that_the_source_does_not_have(string filter)
    {
        var (trial, request) = await PrepareAsync(Site with { Fill = CellValue.OfText("unknown") });
        await trial.DeleteAsync("target", "s2");
        request.Filter = filter;
        foreach (var dataset in new[] { "subject", "" })
        {
            request.DatasetId = dataset;

            var refusal = await BranchServiceFixture.RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidArgument,
                () => fixture.Merges.PickRecordsAsync(request, fixture.Lab)
            );

            Assert.StartsWith("filter: ", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("'site' of 'subject'", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_filter_leaves_out_datasets_whose_source_does_not_have_its_columns()
    {
        var (trial, request) = await PrepareAsync(Site);
        await PutAsync(trial, "s1", 77, "Basel");
        await trial.DefineAsync(
            "target",
            Trial.Visit with
            {
                Columns = Trial.Visit.Columns.Add(new(9, "age", CellType.Integer)),
            },
            "visit"
        );
        (request.DatasetId, request.Filter) = ("", "age = 40");

        var picked = await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Equal((1, 0), (picked.WrittenRecords, picked.UnchangedRecords));
    }

    [Fact]
    public async Task A_value_that_is_required_since_is_the_targets()
    {
        var (trial, request) = await PrepareAsync(Site with { Required = true });
        await PutAsync(trial, "s1", 77, "Basel");
        request.RecordIds.Add("s1");

        await fixture.Merges.PickRecordsAsync(request, fixture.Lab);

        Assert.Contains("s1 40 placebo c1 Basel", await RecordsAsync(trial));
    }

    [Fact]
    public async Task A_cell_of_a_column_that_the_source_has_dropped_does_not_come()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "hidden", "c1"), ("s3", 60, "hidden", "c3"));
        await trial.DefineAsync("source", Trial.Subject with { Columns = Trial.Subject.Columns.RemoveAt(2) });

        var picked = await fixture.Merges.PickRecordsAsync(
            new()
            {
                Target = trial.Branch("target"),
                Source = new() { Branch = trial.Branch("source") },
                DatasetId = "subject",
            },
            fixture.Lab
        );

        Assert.Equal((2, 0, 1), (picked.WrittenRecords, picked.DeletedRecords, picked.UnchangedRecords));
        Assert.Equal(["s1 41 placebo c1", "s2 50 active c2", "s3 60 - c3"], await trial.SubjectsAsync("target"));
    }

    private static DatasetDefinition With(ColumnDefinition column) =>
        Trial.Subject with
        {
            Columns = Trial.Subject.Columns.Add(column),
        };

    /// <summary>The target has got the column; what is picked is all subjects as they were before that.</summary>
    private async Task<(Trial Trial, PickRecordsRequest Request)> PrepareAsync(ColumnDefinition column)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var then = await trial.HeadVersionAsync("target");
        await trial.DefineAsync("target", With(column));
        return (
            trial,
            new()
            {
                Target = trial.Branch("target"),
                Source = new()
                {
                    Branch = trial.Branch("target"),
                    Point = new() { Version = then },
                },
                DatasetId = "subject",
            }
        );
    }

    private static Task<long> PutAsync(Trial trial, string id, int age, string site) =>
        trial.PutCellsAsync(
            "target",
            "subject",
            With(Site),
            CellValue.OfText(id),
            CellValue.OfInteger(age),
            CellValue.OfText("placebo"),
            CellValue.OfText("c1"),
            CellValue.OfText(site)
        );

    private static Task<IReadOnlyList<string>> RecordsAsync(Trial trial) =>
        trial.RecordsAsync("target", "subject", With(Site));
}
