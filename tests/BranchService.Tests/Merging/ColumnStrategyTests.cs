using System.Numerics;
using Dendrite.BranchService.Merging;
using Dendrite.Errors;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Dendrite.Versioning.Merging;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;
using MergeStrategy = Dendrite.V1.MergeStrategy;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>A column's strategy loses no change and counts none twice.</summary>
public sealed class ColumnStrategyTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_sum_adds_equal_changes_of_both_sides_and_adds_nothing_again_in_later_merges()
    {
        var trial = await Trial.CreateAsync(fixture, "sum");
        await trial.PutAsync("source", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));

        var merged = await MergeAsync(trial.Pair, ColumnMergeStrategy.SumOfDeltas);

        Assert.Equal((1, 0), (merged.Merge.Counts.Conflicts, merged.Merge.Counts.UndecidedConflicts));
        Assert.Equal(44, await AgeAsync(trial, "target"));
        await trial.PutAsync("source", ("s1", 45, "placebo", "c1"));
        await MergeAsync(trial.Pair, ColumnMergeStrategy.SumOfDeltas);
        Assert.Equal(47, await AgeAsync(trial, "target"));
        var back = new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source };
        await MergeAsync(back, ColumnMergeStrategy.SumOfDeltas);
        Assert.Equal(47, await AgeAsync(trial, "source"));
        Assert.Equal(MergeOutcome.UpToDate, (await MergeAsync(back, ColumnMergeStrategy.SumOfDeltas)).Outcome);
    }

    [Theory]
    [InlineData(46)]
    [InlineData(43)]
    [InlineData(42)]
    public async Task A_sum_counts_changes_once_that_two_branches_took_from_each_other(int age)
    {
        var trial = await Trial.CreateAsync(fixture, $"cross-{age}");
        await trial.PutAsync("source", ("s1", 42, "placebo", "c1"));
        var sourceThen = await trial.HeadVersionAsync("source");
        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));
        var targetThen = await trial.HeadVersionAsync("target");
        await MergeAsync(trial.Pair, ColumnMergeStrategy.SumOfDeltas, sourceThen);
        var back = new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source };
        await MergeAsync(back, ColumnMergeStrategy.SumOfDeltas, targetThen);
        Assert.Equal((45, 45), (await AgeAsync(trial, "source"), await AgeAsync(trial, "target")));
        await trial.PutAsync("source", ("s1", age, "placebo", "c1"));

        await MergeAsync(trial.Pair, ColumnMergeStrategy.SumOfDeltas);

        Assert.Equal(age, await AgeAsync(trial, "target"));
    }

    [Theory]
    [InlineData(ColumnMergeStrategy.LastWriter, 43)]
    [InlineData(ColumnMergeStrategy.Unspecified, 42)]
    public async Task The_last_writer_of_a_cell_is_not_who_wrote_another_cell_of_its_record_since(
        ColumnMergeStrategy strategy,
        int age
    )
    {
        var trial = await Trial.CreateAsync(fixture, $"last-{(int)strategy}");
        await trial.PutAsync("source", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 42, "active", "c1"));

        await MergeAsync(trial.Pair, strategy);

        Assert.Equal(age, await AgeAsync(trial, "target"));
    }

    [Fact]
    public async Task A_cell_that_came_by_a_merge_is_as_old_as_the_commit_that_set_it_where_it_was_made()
    {
        var trial = await Trial.CreateAsync(fixture, "via");
        await fixture.CreateAsync("via-third", new() { Branch = trial.Branch("source") });
        await trial.PutAsync("third", ("s1", 42, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 43, "placebo", "c1"));
        await trial.PutAsync("source", ("s1", 40, "active", "c1"));
        await MergeAsync(
            new() { Source = trial.Branch("third"), Target = trial.Branch("source") },
            ColumnMergeStrategy.LastWriter
        );
        Assert.Equal(42, await AgeAsync(trial, "source"));

        await MergeAsync(trial.Pair, ColumnMergeStrategy.LastWriter);

        Assert.Equal("s1 43 active c1", (await trial.SubjectsAsync("target"))[0]);
    }

    [Theory]
    [InlineData(1_000, 0, 1_000, 0)]
    [InlineData(500, 0, 501, 501)]
    public void A_sum_that_could_not_be_read_again_is_none(int digits, int scale, int otherDigits, int otherScale)
    {
        var none = default(Cell<CellValue>);

        Assert.False(
            ValueRules.Instance.TrySumDeltas(none, Nines(digits, scale), Nines(otherDigits, otherScale), out _)
        );

        static Cell<CellValue> Nines(int digits, int scale)
        {
            var value = ExactDecimal.FromParts(BigInteger.Pow(10, digits) - 1, scale);
            Assert.True(ExactDecimal.TryParse($"{value}", out _));
            return Cell.Of(CellValue.OfDecimal(value));
        }
    }

    [Theory]
    [InlineData(1, 1.5e308, 1.5e308)]
    [InlineData(-1, -1.5e308, -1.5e308)]
    [InlineData(double.PositiveInfinity, 5, 7)]
    [InlineData(1, double.PositiveInfinity, double.NegativeInfinity)]
    [InlineData(1, double.NaN, 7)]
    public void A_sum_of_doubles_that_is_no_number_is_none(double atBase, double source, double target) =>
        Assert.False(ValueRules.Instance.TrySumDeltas(Of(atBase), Of(source), Of(target), out _));

    [Fact]
    public void A_sum_of_doubles_takes_both_changes()
    {
        Assert.True(ValueRules.Instance.TrySumDeltas(Of(1), Of(1.5), Of(-2), out var sum));
        Assert.Equal(Of(-1.5), sum);
    }

    [Fact]
    public async Task Lists_that_are_too_long_together_stay_in_conflict()
    {
        var trial = await Trial.CreateAsync(fixture, "lists");
        var lists = new DatasetDefinition
        {
            Columns = [new(1, "id", CellType.Text) { Required = true }, new(2, "list", CellType.Json)],
            Key = [1],
        };
        await trial.MakeAsync("target", "lists", lists);
        await PutAsync("target", "k", "0");
        await PutAsync("target", "m", "0");
        await fixture.CreateAsync("lists-third", new() { Branch = trial.Branch("target") });
        await PutAsync("third", "k", $"\"{new string('a', 600_000)}\"");
        await PutAsync("target", "k", $"\"{new string('b', 600_000)}\"");
        await PutAsync("third", "m", "1,2");
        await PutAsync("target", "m", "2,3");
        var policy = new MergePolicy();
        policy.Columns.Add(
            new ColumnMerge
            {
                DatasetId = "lists",
                Column = "list",
                Strategy = ColumnMergeStrategy.SetUnion,
            }
        );
        var request = new MergeBranchRequest
        {
            Pair = new() { Source = trial.Branch("third"), Target = trial.Branch("target") },
            Policy = policy,
        };

        var refusal = await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(request, fixture.Lab)
        );

        Assert.Contains("1 of 2 conflicts", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("record k ", refusal.Message, StringComparison.Ordinal);
        policy.Strategy = MergeStrategy.TakeTarget;
        await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        var rows = await trial.RecordsAsync("target", "lists", lists);
        Assert.StartsWith("k [\"bbb", rows[0], StringComparison.Ordinal);
        Assert.Equal("m [2,3,1]", rows[1]);

        Task<long> PutAsync(string side, string id, string elements) =>
            trial.PutCellsAsync(side, "lists", lists, CellValue.OfText(id), CellValue.OfJson($"[{elements}]"));
    }

    private static Cell<CellValue> Of(double value) => Cell.Of(CellValue.OfDouble(value));

    private async Task<MergeBranchResponse> MergeAsync(
        MergePair pair,
        ColumnMergeStrategy strategy,
        long? sourceVersion = null
    )
    {
        var policy = new MergePolicy { Strategy = MergeStrategy.TakeSource };
        if (strategy != ColumnMergeStrategy.Unspecified)
        {
            policy.Columns.Add(
                new ColumnMerge
                {
                    DatasetId = "subject",
                    Column = "age",
                    Strategy = strategy,
                }
            );
        }

        var then = sourceVersion is { } version ? new SnapshotPoint { Version = version } : null;
        var asked = new MergePair(pair) { SourcePoint = then };
        return await fixture.Merges.MergeBranchAsync(new() { Pair = asked, Policy = policy }, fixture.Lab);
    }

    private static async Task<int> AgeAsync(Trial trial, string side) =>
        int.Parse((await trial.SubjectsAsync(side))[0].Split(' ')[1], provider: null);
}
