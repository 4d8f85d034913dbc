using System.Collections.Immutable;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>As <see cref="CrosswiseMergeTests"/>, of definitions of datasets.</summary>
public sealed class CrosswiseDefinitionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    /// <summary>More versions lie over it than are looked back through, and none of them saw it.</summary>
    [Fact]
    public async Task A_bound_that_goes_back_is_not_lost_behind_many_definitions_of_the_other_branch()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", Trial.Subject with { Columns = AgedTo(130) });
        for (var i = 0; i < 205; i++)
        {
            await trial.DefineAsync("g", Trial.Subject with { Description = $"said {i % 2}" });
        }

        await fixture.CrossAsync(trial);
        var both = await trial.DefinitionAsync("target", "subject");
        Assert.Equal((CellValue.OfInteger(130), "said 0"), (both.Columns[1].Maximum, both.Description));
        await trial.DefineAsync("target", both with { Columns = AgedTo(120) });
        await trial.DefineAsync("source", both with { Description = "said at last" });

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Contains(preview.Conflicts, conflict => conflict.Schema.Element == "age");

        ImmutableArray<ColumnDefinition> AgedTo(int maximum) =>
            Trial.Subject.Columns.SetItem(1, Trial.Subject.Columns[1] with { Maximum = CellValue.OfInteger(maximum) });
    }

    [Theory]
    [InlineData("source", "target", false)]
    [InlineData("target", "source", false)]
    [InlineData("source", "target", true)]
    public async Task A_definition_that_goes_back_to_what_it_was_before_both_is_a_change(
        string changes,
        string other,
        bool wasGoneOnce
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        if (wasGoneOnce)
        {
            await trial.DropAsync("target", "subject");
            await trial.DefineAsync("target", Trial.Subject);
            foreach (var side in new[] { "f", "g", "source" })
            {
                await fixture.MergeAsync(trial, "target", side);
            }
        }

        await trial.DefineAsync("f", With(3, column => column with { Name = "group" }));
        await trial.DefineAsync("g", With(2, column => column with { Maximum = CellValue.OfInteger(130) }));
        await fixture.CrossAsync(trial);
        var both = await trial.DefinitionAsync("source", "subject");
        Assert.Equal(("group", CellValue.OfInteger(130)), (both.Find(3)!.Name, both.Find(2)!.Maximum));
        await trial.DefineAsync(changes, With(3, column => column with { Name = "arm" }, both));
        await trial.DefineAsync(other, With(4, column => column with { Name = "number" }, both));

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        var definition = await trial.DefinitionAsync("target", "subject");
        Assert.Equal(["id", "age", "arm", "number"], definition.Columns.Select(column => column.Name));
        Assert.Equal(CellValue.OfInteger(130), definition.Find(2)!.Maximum);
    }

    [Fact]
    public async Task A_constraint_that_comes_back_holds_for_what_the_other_side_wrote_without_it()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", Trial.Subject with { Constraints = [] });
        await trial.DefineAsync("g", With(2, column => column with { Maximum = CellValue.OfInteger(130) }));
        await fixture.CrossAsync(trial);
        var both = await trial.DefinitionAsync("source", "subject");
        Assert.Empty(both.Constraints);
        await trial.DefineAsync("source", both with { Constraints = Trial.Subject.Constraints });
        await trial.PutAsync("target", ("s7", 60, "active", "c7"), ("s8", 60, "active", "c7"));

        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

        Assert.Contains(preview.Conflicts, conflict => conflict.Kind == ConflictKind.Uniqueness);
    }

    [Fact]
    public async Task A_bound_in_the_base_is_one_of_the_type_to_which_another_widened_the_column()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("g", With(2, column => column with { Maximum = CellValue.OfInteger(130) }));
        await trial.DefineAsync("f", With(2, _ => AgeTo(120)));
        await fixture.CrossAsync(trial);
        var both = await trial.DefinitionAsync("source", "subject");
        Assert.Equal(AgeTo(130), both.Find(2));
        await trial.DefineAsync("source", With(2, _ => AgeTo(120), both));

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        Assert.Equal(AgeTo(120), (await trial.DefinitionAsync("target", "subject")).Find(2));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task One_conflict_over_a_property_decided_differently_is_a_conflict_again(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", With(2, column => column with { Maximum = CellValue.OfInteger(130) }));
        await trial.DefineAsync("g", With(2, column => column with { Maximum = CellValue.OfInteger(140) }));
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, "subject");
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task One_conflict_over_a_dropped_column_decided_differently_is_a_conflict_again(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", Trial.Subject with { Columns = Trial.Subject.Columns.RemoveAt(2) });
        await trial.DefineAsync("g", With(3, column => column with { Required = true }));
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, "subject");
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task A_dataset_that_one_kept_and_another_deleted_goes_only_by_decision(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DropAsync("f", "visit");
        await trial.DefineAsync("g", Trial.Visit with { Constraints = [] }, "visit");
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, "visit");
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource)]
    public async Task A_dataset_that_one_kept_for_its_records_and_another_deleted_goes_only_by_decision(
        MergeStrategy ofSource,
        MergeStrategy ofTarget
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DropAsync("f", "visit");
        await trial.PutVisitAsync("g", "v1", "s1");
        await fixture.CrossAsync(trial, ofSource, ofTarget);

        await DemandConflictAsync(trial, "visit");
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource)]
    [InlineData(MergeStrategy.TakeTarget)]
    public async Task Of_two_datasets_of_one_name_of_which_each_side_kept_another_one_stays(MergeStrategy taken)
    {
        var trial = await Crossing.CreateAsync(fixture);
        foreach (var side in new[] { "f", "g" })
        {
            await trial.MakeAsync(side, "labs", Labs);
            await trial.PutTextsAsync(side, "labs", Labs, side);
        }

        await fixture.CrossAsync(trial, MergeStrategy.TakeSource, MergeStrategy.TakeTarget);
        var (source, target) = (await LabsAsync("source"), await LabsAsync("target"));
        Assert.Equal(("g", "f"), (source, target));

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        await fixture.MergeAsync(trial, "source", "target", taken);

        Assert.Equal(taken == MergeStrategy.TakeSource ? source : target, await LabsAsync("target"));

        async Task<string> LabsAsync(string side) => string.Join(' ', await trial.RecordsAsync(side, "labs", Labs));
    }

    [Fact]
    public async Task Of_two_datasets_of_one_name_the_one_that_both_sides_kept_goes_with_who_deletes_it()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.MakeAsync("f", "labs", Labs);
        await trial.MakeAsync("g", "labs", Labs);
        await fixture.CrossAsync(trial, MergeStrategy.TakeSource, MergeStrategy.TakeSource);
        await trial.DropAsync("source", "labs");

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        Assert.Null(await trial.FindDatasetAsync("target", "labs"));
    }

    [Fact]
    public async Task What_was_decided_alike_is_no_conflict_and_what_changes_since_is_a_change()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", With(2, column => column with { Maximum = CellValue.OfInteger(130) }));
        await trial.DefineAsync("g", With(2, column => column with { Maximum = CellValue.OfInteger(140) }));
        await fixture.CrossAsync(trial, MergeStrategy.TakeSource, MergeStrategy.TakeSource);
        Assert.Equal(MergeOutcome.Merged, (await fixture.MergeAsync(trial, "source", "target")).Outcome);
        var both = await trial.DefinitionAsync("target", "subject");
        await trial.DefineAsync("source", With(2, column => column with { Maximum = CellValue.OfInteger(150) }, both));
        await trial.DefineAsync("target", With(3, column => column with { Name = "group" }, both));

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        var definition = await trial.DefinitionAsync("target", "subject");
        Assert.Equal(("group", CellValue.OfInteger(150)), (definition.Find(3)!.Name, definition.Find(2)!.Maximum));
    }

    [Theory]
    [InlineData("source")]
    [InlineData("target")]
    public async Task A_dataset_that_nobody_changed_since_goes_with_who_deletes_it(string deletes)
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", Trial.Visit with { Constraints = [] }, "visit");
        var renamed = Trial.Visit.Columns.SetItem(1, Trial.Visit.Columns[1] with { Name = "person" });
        await trial.DefineAsync("g", Trial.Visit with { Columns = renamed }, "visit");
        await fixture.CrossAsync(trial);
        await trial.DropAsync(deletes, "visit");

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        Assert.Null(await trial.FindDatasetAsync("target", "visit"));
    }

    [Fact]
    public async Task Only_where_merges_went_crosswise_is_more_than_the_newest_of_a_base_read()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.DefineAsync("f", With(3, column => column with { Name = "group" }));
        await fixture.MergeAsync(trial, "f", "source");
        await fixture.MergeAsync(trial, "source", "target");
        var seen = await trial.DefinitionAsync("target", "subject");
        await trial.DefineAsync("source", With(2, column => column with { Name = "years" }, seen));
        await trial.DefineAsync("target", With(4, column => column with { Name = "number" }, seen));

        Assert.Empty(Assert.Single(await ListAsync(trial)).Crosswise);
        await fixture.MergeAsync(trial, "source", "target");
        await trial.DefineAsync("g", With(2, column => column with { Required = true }));
        await fixture.MergeAsync(trial, "target", "source");
        await fixture.MergeAsync(trial, "g", "source");
        await fixture.MergeAsync(trial, "g", "target");

        Assert.Equal(DivergedSides.Both, Assert.Single(await ListAsync(trial)).Sides);
        Assert.NotEmpty(Assert.Single(await ListAsync(trial)).Crosswise);
    }

    private static DatasetDefinition Labs { get; } =
        new() { Columns = [new(1, "id", CellType.Text) { Required = true }], Key = [1] };

    private async Task<IReadOnlyList<DivergedRow>> ListAsync(Trial trial)
    {
        var (source, target) = (await trial.ViewAsync("source"), await trial.ViewAsync("target"));
        var atBase = Versioning.Snapshot.Base(source.Snapshot, target.Snapshot);
        var view = new DivergedView(source.Project, atBase, source.Snapshot, target.Snapshot);
        var rows = new DivergedRows(fixture.Ingest);
        return await rows.ListAsync(view, VersionedTable.Dataset, 10, TestContext.Current.CancellationToken);
    }

    private static DatasetDefinition With(
        int number,
        Func<ColumnDefinition, ColumnDefinition> change,
        DatasetDefinition? of = null
    )
    {
        var definition = of ?? Trial.Subject;
        return definition with
        {
            Columns = [.. definition.Columns.Select(column => column.Number == number ? change(column) : column)],
        };
    }

    /// <summary>Age as a decimal number.</summary>
    private static ColumnDefinition AgeTo(int maximum) =>
        new(2, "age", CellType.Decimal)
        {
            FormerTypes = [CellType.Integer],
            Minimum = CellValue.OfDecimal(ExactDecimal.FromInteger(0)),
            Maximum = CellValue.OfDecimal(ExactDecimal.FromInteger(maximum)),
        };

    /// <summary>Preview and merge say the same conflict, and a decision about it is met.</summary>
    private async Task DemandConflictAsync(Trial trial, string dataset)
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal(ConflictKind.Schema, conflict.Kind);
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        var policy = new MergePolicy();
        policy.Resolutions.Add(new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Source });
        var taken = await FindAsync("source");

        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

        Assert.Equal(taken, await FindAsync("target"));

        async Task<DatasetDefinition?> FindAsync(string side) =>
            await trial.FindDatasetAsync(side, dataset) is null ? null : await trial.DefinitionAsync(side, dataset);
    }
}
