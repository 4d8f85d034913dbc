using Dendrite.BranchService.Tests.Merging;
using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Assertions;

/// <summary>What assertions do to merges, picks, reverts and finalizing.</summary>
public sealed class AssertionMergeTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private const string Balanced = """
        SELECT arm, count(*) AS subjects FROM subject GROUP BY arm HAVING count(*) > 1
        """;

    [Fact]
    public async Task What_holds_on_either_side_and_not_in_the_result_refuses_the_merge_and_changes_nothing()
    {
        var trial = await Trial.CreateAsync(fixture, "balance");
        await using var assertions = new TrialAssertions(fixture, trial);
        var made = await assertions.AddAsync("balanced", Balanced, "At most one subject in each arm.\nAgreed in May.");
        // Each side alone has one subject in each arm.
        await trial.PutAsync("source", ("s3", 60, "third", "c3"));
        await trial.PutAsync("target", ("s4", 61, "third", "c4"));
        var before = await trial.HeadVersionAsync("target");

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial));

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Equal(ErrorReason.ChecksFailed, ErrorStatus.FromRpcException(failure)!.Reason);
        var check = StatusDetails.Find<CheckFailure>(StatusDetails.Find(failure)!)!;
        Assert.Equal(("balanced", made.Name), (check.Check, check.Assertion));
        Assert.Equal(
            "At most one subject in each arm: 1 row is in the way, such as arm third, subjects 2.",
            check.Message
        );
        Assert.Equal(Row(("arm", "third"), ("subjects", "2")), Assert.Single(check.Rows));
        Assert.Equal(before, await trial.HeadVersionAsync("target"));
        var preview = await PreviewAsync(trial);
        Assert.Equal(MergeOutcome.ChecksFailed, preview.Outcome);
        Assert.Equal(made.Description, Assert.Single(preview.CheckFailures).Description);

        await trial.DeleteAsync("target", "s4");
        Assert.Equal(MergeOutcome.Merged, (await PreviewAsync(trial)).Outcome);
        Assert.Equal(MergeOutcome.Merged, (await MergeAsync(trial)).Outcome);
    }

    [Fact]
    public async Task The_result_that_is_checked_has_the_cells_that_the_merge_itself_writes()
    {
        var trial = await Trial.CreateAsync(fixture, "cells");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("no-old-active", "SELECT id FROM subject WHERE age > 65 AND arm = 'active'");
        await trial.PutAsync("source", ("s1", 70, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));

        var preview = await PreviewAsync(trial);

        Assert.Equal(Row(("id", "s1")), Assert.Single(Assert.Single(preview.CheckFailures).Rows));
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_record_that_both_sides_wrote_alike_is_checked_once()
    {
        var trial = await Trial.CreateAsync(fixture, "alike");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("once", "SELECT id, count(*) AS n FROM subject GROUP BY id HAVING count(*) > 1");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 41, "placebo", "c1"));

        Assert.Equal(MergeOutcome.Merged, (await PreviewAsync(trial)).Outcome);
        Assert.Equal(MergeOutcome.Merged, (await MergeAsync(trial)).Outcome);
    }

    [Fact]
    public async Task Constraints_and_all_assertions_that_fail_are_reported_together()
    {
        var trial = await Trial.CreateAsync(fixture, "together");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("a-holds", "SELECT id FROM subject WHERE age < 0");
        await assertions.AddAsync("b-old", "SELECT id, age FROM subject WHERE age >= 60");
        await assertions.AddAsync("c-runs-over", "SELECT 1 / (age - age) AS x FROM subject");
        await assertions.AddAsync("d-warns", "SELECT id FROM subject", severity: AssertionSeverity.Warning);
        await trial.PutAsync("source", ("s3", 61, "active", "c3"));
        await trial.DefineAsync("target", Bounded(60));

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial));

        string[] expected = ["age", "b-old", "c-runs-over"];
        var details = StatusDetails
            .Find(failure)!
            .Details.Where(detail => detail.Is(CheckFailure.Descriptor))
            .Select(detail => detail.Unpack<CheckFailure>())
            .ToList();
        Assert.Equal(expected, details.Select(check => check.Check));
        Assert.Contains("division by zero", details[2].Message, StringComparison.Ordinal);
        var preview = await PreviewAsync(trial);
        Assert.Equal(expected, preview.CheckFailures.Select(check => check.Check));
        Assert.Equal("d-warns", Assert.Single(preview.CheckWarnings).Check);
    }

    [Fact]
    public async Task A_warning_lets_the_merge_through_and_is_told()
    {
        var trial = await Trial.CreateAsync(fixture, "warn");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("young", "SELECT id FROM subject WHERE age > 45", "", AssertionSeverity.Warning);
        await trial.PutAsync("source", ("s3", 61, "active", "c3"));

        var merged = await MergeAsync(trial);

        Assert.Equal(MergeOutcome.FastForward, merged.Outcome);
        Assert.Equal(2, Assert.Single(merged.CheckWarnings).Rows.Count);
        Assert.Equal("assertion young: 2 rows are in the way, such as id s2.", merged.CheckWarnings[0].Message);
    }

    [Fact]
    public async Task A_pick_a_revert_and_a_completed_merge_tell_of_warnings_too()
    {
        var trial = await Trial.CreateAsync(fixture, "warn-others");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("young", "SELECT id FROM subject WHERE age > 45", "", AssertionSeverity.Warning);
        await trial.PutAsync("source", ("s3", 61, "active", "c3"));
        var pick = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new() { Branch = trial.Branch("source") },
            DatasetId = "subject",
            RecordIds = { "s3" },
            RequestId = $"{Guid.CreateVersion7()}",
        };

        var picked = await fixture.Merges.PickRecordsAsync(pick, fixture.Lab);
        var again = await fixture.Merges.PickRecordsAsync(pick, fixture.Lab);
        var reverted = await fixture.Merges.RevertCommitAsync(
            new() { Commit = picked.Commit.Name, Branch = trial.Branch("target") },
            fixture.Lab
        );
        var waiting = await fixture.Merges.CreateMergeAsync(
            new()
            {
                Parent = "projects/lab",
                Merge = new() { Pair = trial.Pair },
            },
            fixture.Lab
        );
        var completed = await fixture.Merges.CompleteMergeAsync(new() { Name = waiting.Merge.Name }, fixture.Lab);

        Assert.Equal(2, Assert.Single(picked.CheckWarnings).Rows.Count);
        Assert.Empty(again.CheckWarnings);
        Assert.Single(Assert.Single(reverted.CheckWarnings).Rows);
        Assert.Equal(MergeState.Completed, completed.Merge.State);
        Assert.Equal("young", Assert.Single(completed.CheckWarnings).Check);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_target_that_moves_on_while_its_result_is_tried_out_does_not_swallow_the_warnings(bool picks)
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("young", "SELECT id FROM subject WHERE age > 45", "", AssertionSeverity.Warning);
        await trial.PutAsync("source", ("s3", 61, "active", "c3"));
        Task<IReadOnlyList<CheckFailure>> made;
        await using (await fixture.HoldAssertionsAsync())
        {
            made = picks ? PickAsync(trial, "s3") : WarningsOfMergeAsync(trial);
            await fixture.WaitUntilWaitingAsync(1);
            await trial.PutAsync("target", ("s4", 62, "active", "c4"));
        }

        Assert.Equal(3, Assert.Single(await made).Rows.Count);
    }

    [Fact]
    public async Task An_assertion_about_a_dataset_that_the_result_does_not_have_fails_and_says_so()
    {
        var trial = await Trial.CreateAsync(fixture, "absent");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("visited", "SELECT id FROM visit");
        await fixture.CreateAsync("absent-bare");
        await fixture.CreateAsync("absent-bare-fork", new() { Branch = "projects/lab/branches/absent-bare" });
        await fixture.CommitAsync("absent-bare-fork");

        var preview = await fixture.Merges.PreviewMergeAsync(
            new()
            {
                Pair = new()
                {
                    Source = "projects/lab/branches/absent-bare-fork",
                    Target = "projects/lab/branches/absent-bare",
                },
            },
            fixture.Lab
        );

        Assert.Contains(
            "relation \"visit\" does not exist: there is no dataset of that name",
            Assert.Single(preview.CheckFailures).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Picks_reverts_and_finalizing_are_held_to_assertions_too()
    {
        var trial = await Trial.CreateAsync(fixture, "others");
        await using var assertions = new TrialAssertions(fixture, trial);
        var bad = await trial.PutAsync("target", ("s2", 50, "placebo", "c2"), ("s9", 1, "fourth", "c9"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        await assertions.AddAsync("balanced", Balanced);
        var before = await trial.HeadVersionAsync("target");

        await CheckFailsAsync(() =>
            fixture.Merges.PickRecordsAsync(
                new()
                {
                    Target = trial.Branch("target"),
                    Source = new() { Branch = trial.Branch("source") },
                    DatasetId = "subject",
                    RecordIds = { "s3" },
                },
                fixture.Lab
            )
        );
        await CheckFailsAsync(() =>
            fixture.Merges.RevertCommitAsync(
                new() { Branch = trial.Branch("target"), Commit = $"{trial.Branch("target")}/commits/{bad}" },
                fixture.Lab
            )
        );
        await CheckFailsAsync(() => fixture.Merges.FinalizeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab));

        Assert.Equal(before, await trial.HeadVersionAsync("target"));
        var source = await fixture.Branches.GetBranchAsync(new() { Name = trial.Branch("source") }, fixture.Lab);
        Assert.Equal(BranchState.Active, source.Branch.State);
    }

    [Fact]
    public async Task Trying_a_merge_out_leaves_nothing_behind()
    {
        const string Count = """
            SELECT format('%s %s %s %s %s', (SELECT count(*) FROM branching.timeline),
                (SELECT count(*) FROM branching.commit), (SELECT count(*) FROM branching.vector_entry),
                (SELECT count(*) FROM records.row), (SELECT count(*) FROM pg_class WHERE relpersistence = 't'))
            """;
        var trial = await Trial.CreateAsync(fixture, "traces");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("never", "SELECT id FROM subject");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));
        var before = await fixture.AsOwnerAsync(Count);

        await PreviewAsync(trial);
        await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial));

        Assert.Equal(before, await fixture.AsOwnerAsync(Count));
    }

    [Fact]
    public async Task Of_many_merges_at_once_none_gets_past_an_assertion_that_their_sum_breaks()
    {
        var trial = await Trial.CreateAsync(fixture, "race");
        await using var assertions = new TrialAssertions(fixture, trial);
        await assertions.AddAsync("at-most-five", "SELECT count(*) AS subjects FROM subject HAVING count(*) > 5");
        var target = trial.Branch("target");
        var pairs = new List<MergePair>();
        foreach (var i in Enumerable.Range(0, 8))
        {
            await fixture.CreateAsync($"race-{i}", new() { Branch = target });
            await trial.PutAsync($"{i}", ($"r{i}", 30, "active", $"r{i}"));
            pairs.Add(new() { Source = trial.Branch($"{i}"), Target = target });
        }

        var outcomes = await Task.WhenAll(pairs.Select(pair => TryMergeAsync(pair)));

        // Two subjects were there: three more fit, whichever come first.
        Assert.Equal(3, outcomes.Count(merged => merged));
        Assert.Equal(5, (await trial.SubjectsAsync("target")).Count);
    }

    private async Task<IReadOnlyList<CheckFailure>> WarningsOfMergeAsync(Trial trial) =>
        (await MergeAsync(trial)).CheckWarnings;

    private async Task<IReadOnlyList<CheckFailure>> PickAsync(Trial trial, string subject)
    {
        var pick = new PickRecordsRequest
        {
            Target = trial.Branch("target"),
            Source = new() { Branch = trial.Branch("source") },
            DatasetId = "subject",
            RecordIds = { subject },
        };
        return (await fixture.Merges.PickRecordsAsync(pick, fixture.Lab)).CheckWarnings;
    }

    private async Task<bool> TryMergeAsync(MergePair pair)
    {
        try
        {
            await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
            return true;
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.FailedPrecondition)
        {
            return false;
        }
    }

    private static Task CheckFailsAsync<T>(Func<AsyncUnaryCall<T>> call) =>
        RefusedAsync(StatusCode.FailedPrecondition, ErrorReason.ChecksFailed, call);

    private async Task<MergeBranchResponse> MergeAsync(Trial trial) =>
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab);

    private async Task<PreviewMergeResponse> PreviewAsync(Trial trial) =>
        await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

    private static Struct Row(params IReadOnlyList<(string Column, string Value)> cells)
    {
        var row = new Struct();
        foreach (var (column, value) in cells)
        {
            row.Fields[column] = Value.ForString(value);
        }

        return row;
    }

    private static Dendrite.Records.Datasets.DatasetDefinition Bounded(int maximum) =>
        Trial.Subject with
        {
            Columns =
            [
                .. Trial.Subject.Columns.Select(column =>
                    column.Name == "age"
                        ? column with
                        {
                            Maximum = Dendrite.Records.Cells.CellValue.OfInteger(maximum),
                        }
                        : column
                ),
            ],
        };
}
