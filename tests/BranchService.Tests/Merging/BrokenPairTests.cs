using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Pairs of records that break a constraint together, of which both sides wrote one or both: the side that is taken
/// keeps what it did, to both of them.
/// </summary>
public sealed class BrokenPairTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    public static TheoryData<string, string, MergeStrategy> Sides =>
        new()
        {
            { "source", "target", MergeStrategy.TakeSource },
            { "source", "target", MergeStrategy.TakeTarget },
            { "target", "source", MergeStrategy.TakeSource },
            { "target", "source", MergeStrategy.TakeTarget },
        };

    /// <summary>The same with the records' keys either way round.</summary>
    public static TheoryData<string, string, MergeStrategy, (string Id, string Code), (string Id, string Code)> Chains
    {
        get
        {
            var data = new TheoryData<string, string, MergeStrategy, (string, string), (string, string)>();
            foreach (var (moves, adds, strategy) in Sides.Select(row => row.Data))
            {
                data.Add(moves, adds, strategy, ("s1", "c1"), ("s2", "c2"));
                data.Add(moves, adds, strategy, ("s2", "c2"), ("s1", "c1"));
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_value_given_to_a_record_that_both_wrote_and_to_a_new_one_stays_with_the_side_that_is_taken(
        string adds,
        string changes,
        MergeStrategy strategy
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync(adds, ("s1", 41, "placebo", "c1"), ("s3", 60, "active", "same"));
        await trial.PutAsync(changes, ("s1", 40, "placebo", "same"));

        await MergeAsync(trial, strategy);

        string[] expected = IsTaken(adds, strategy)
            ? ["s1 41 placebo c1", "s2 50 active c2", "s3 60 active same"]
            : ["s1 41 placebo same", "s2 50 active c2"];
        Assert.Equal(expected, await trial.SubjectsAsync("target"));
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task Of_two_records_that_both_wrote_the_side_that_is_taken_keeps_its_value(
        string first,
        string second,
        MergeStrategy strategy
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync(first, ("s1", 40, "placebo", "same"), ("s2", 51, "active", "c2"));
        await trial.PutAsync(second, ("s1", 41, "placebo", "c1"), ("s2", 50, "active", "same"));

        await MergeAsync(trial, strategy);

        string[] expected = IsTaken(first, strategy)
            ? ["s1 41 placebo same", "s2 51 active c2"]
            : ["s1 41 placebo c1", "s2 51 active same"];
        Assert.Equal(expected, await trial.SubjectsAsync("target"));
    }

    [Theory]
    [MemberData(nameof(Sides))]
    public async Task A_reference_in_a_record_that_both_wrote_stays_or_goes_with_the_side_that_set_it(
        string deletes,
        string refers,
        MergeStrategy strategy
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var noted = Trial.Visit with { Columns = Trial.Visit.Columns.Add(new(3, "note", CellType.Text)) };
        await trial.DefineAsync("target", noted, "visit");
        // The record that is gone makes a pair with each of the two.
        string[] visits = ["v1", "v2"];
        await EachAsync("target", "s2", "-");
        var back = new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source };
        await fixture.Merges.MergeBranchAsync(new() { Pair = back }, fixture.Lab);
        await EachAsync(deletes, "s2", "seen");
        await trial.DeleteAsync(deletes, "s1");
        await EachAsync(refers, "s1", "-");

        await MergeAsync(trial, strategy);

        var isKept = IsTaken(refers, strategy);
        var expected = visits.Select(visit => isKept ? $"{visit} s1 seen" : $"{visit} s2 seen");
        Assert.Equal(expected, await trial.RecordsAsync("target", "visit", noted));
        Assert.Equal(isKept ? 2 : 1, (await trial.SubjectsAsync("target")).Count);

        async Task EachAsync(string branch, string subject, string note)
        {
            foreach (var visit in visits)
            {
                await trial.PutTextsAsync(branch, "visit", noted, visit, subject, note);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Chains))]
    public async Task A_record_that_goes_back_to_a_value_given_away_since_takes_that_other_one_back_too(
        string moves,
        string adds,
        MergeStrategy strategy,
        (string Id, string Code) first,
        (string Id, string Code) second
    )
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync(moves, (first.Id, 40, "moved", "x"));
        await trial.PutAsync(moves, (second.Id, 50, "moved", first.Code));
        await trial.PutAsync(adds, ("s9", 60, "added", "x"));

        await MergeAsync(trial, strategy);

        string[] expected = IsTaken(adds, strategy)
            ? ["s1 40 placebo c1", "s2 50 active c2", "s9 60 added x"]
            :
            [
                .. new[] { $"{first.Id} 40 moved x", $"{second.Id} 50 moved {first.Code}" }.Order(
                    StringComparer.Ordinal
                ),
            ];
        Assert.Equal(expected, await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_side_both_of_whose_records_break_the_others_new_constraint_is_not_taken_for_one_of_them()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s3", 60, "new", "c3"), ("s4", 61, "new", "c4"));
        var unique = new UniqueConstraint("one_arm", [3]);
        await trial.DefineAsync("target", Trial.Subject with { Constraints = Trial.Subject.Constraints.Add(unique) });

        var refusal = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial, MergeStrategy.TakeSource));

        Assert.Equal(StatusCode.Aborted, refusal.StatusCode);
        Assert.Contains("one_arm", refusal.Status.Detail, StringComparison.Ordinal);
    }

    private static bool IsTaken(string side, MergeStrategy strategy) =>
        side == (strategy == MergeStrategy.TakeSource ? "source" : "target");

    private async Task MergeAsync(Trial trial, MergeStrategy strategy) =>
        await fixture.Merges.MergeBranchAsync(
            new()
            {
                Pair = trial.Pair,
                Policy = new() { Strategy = strategy },
            },
            fixture.Lab
        );
}
