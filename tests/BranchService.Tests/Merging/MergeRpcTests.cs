using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

public sealed class MergeRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Different_cells_of_one_record_merge_and_the_merge_is_remembered()
    {
        var trial = await Trial.CreateAsync(fixture, "cells");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, "active", "c3"));
        await trial.PutAsync("target", ("s1", 40, "active", "c1"));

        var merged = await MergeAsync(trial);

        Assert.Equal(MergeOutcome.Merged, merged.Outcome);
        Assert.Equal(["s1 41 active c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("target"));
        Assert.Equal(["s1 41 placebo c1", "s2 50 active c2", "s3 60 active c3"], await trial.SubjectsAsync("source"));
        Assert.Equal(
            (1, 1, 0),
            (merged.Merge.Counts.RecordsAdded, merged.Merge.Counts.RecordsChanged, merged.Merge.Counts.Conflicts)
        );
        Assert.Equal(CommitKind.Merge, merged.Merge.Commit.Kind);
        var listed = await fixture.Merges.ListMergesAsync(
            new() { Parent = "projects/lab", Filter = "state = COMPLETED AND pair.target = \"cells-target\"" },
            fixture.Lab
        );
        Assert.Equal(merged.Merge, Assert.Single(listed.Merges));
        Assert.Equal(MergeOutcome.UpToDate, (await MergeAsync(trial)).Outcome);
    }

    [Fact]
    public async Task One_cell_changed_on_both_sides_fails_the_merge_with_the_conflict_and_changes_nothing()
    {
        var trial = await ConflictAsync("clash");
        var before = await trial.HeadVersionAsync("target");

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial));

        Assert.Equal(StatusCode.Aborted, failure.StatusCode);
        var conflict = StatusDetails.Find<Conflict>(StatusDetails.Find(failure)!)!;
        Assert.Equal(ConflictKind.Cell, conflict.Kind);
        Assert.Equal(("subject", "s1"), (conflict.Record.DatasetId, conflict.Record.RecordId));
        var cell = Assert.Single(conflict.Record.Cells);
        Assert.Equal(
            ("age", 40, 41, 42),
            (cell.Column, cell.Base.NumberValue, cell.Source.NumberValue, cell.Target.NumberValue)
        );
        Assert.Equal(before, await trial.HeadVersionAsync("target"));
        var preview = await PreviewAsync(trial);
        Assert.Equal(MergeOutcome.Conflicting, preview.Outcome);
        Assert.Equal(conflict, Assert.Single(preview.Conflicts));
    }

    [Theory]
    [InlineData("a", MergeStrategy.TakeSource, ColumnMergeStrategy.Unspecified, "s1 41 placebo c1")]
    [InlineData("b", MergeStrategy.TakeTarget, ColumnMergeStrategy.Unspecified, "s1 42 placebo c1")]
    [InlineData("c", MergeStrategy.Fail, ColumnMergeStrategy.Maximum, "s1 42 placebo c1")]
    [InlineData("d", MergeStrategy.Fail, ColumnMergeStrategy.Minimum, "s1 41 placebo c1")]
    [InlineData("e", MergeStrategy.Fail, ColumnMergeStrategy.SumOfDeltas, "s1 43 placebo c1")]
    [InlineData("f", MergeStrategy.TakeSource, ColumnMergeStrategy.LastWriter, "s1 42 placebo c1")]
    public async Task A_strategy_settles_a_conflict(
        string word,
        MergeStrategy strategy,
        ColumnMergeStrategy column,
        string result
    )
    {
        var trial = await ConflictAsync($"strategy-{word}");
        var policy = new MergePolicy { Strategy = strategy };
        if (column != ColumnMergeStrategy.Unspecified)
        {
            policy.Columns.Add(
                new ColumnMerge
                {
                    DatasetId = "subject",
                    Column = "age",
                    Strategy = column,
                }
            );
        }

        var merged = await MergeAsync(trial, policy);

        Assert.Equal((1, 0), (merged.Merge.Counts.Conflicts, merged.Merge.Counts.UndecidedConflicts));
        Assert.Equal(result, (await trial.SubjectsAsync("target"))[0]);
    }

    [Fact]
    public async Task A_decision_about_a_conflict_that_has_changed_is_refused_and_not_applied_to_the_new_one()
    {
        var trial = await ConflictAsync("stale");
        var id = (await PreviewAsync(trial)).Conflicts[0].ConflictId;
        await trial.PutAsync("source", ("s1", 44, "placebo", "c1"));
        var policy = new MergePolicy
        {
            Strategy = MergeStrategy.TakeTarget,
            Resolutions =
            {
                new Resolution { ConflictId = id, Side = ResolutionSide.Source },
            },
        };

        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.ConflictChanged,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab)
        );
    }

    [Fact]
    public async Task A_merge_waits_for_decisions_keeps_those_that_still_apply_and_completes()
    {
        var trial = await Trial.CreateAsync(fixture, "desk");
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s2", 51, "active", "c2"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"), ("s2", 52, "active", "c2"));
        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair },
        };
        var opened = (await fixture.Merges.CreateMergeAsync(request, fixture.Lab)).Merge;
        Assert.Equal((MergeState.Waiting, 2), (opened.State, opened.Counts.UndecidedConflicts));
        var conflicts = await ConflictsAsync(opened);

        var first = await DecideAsync(
            opened,
            new Resolution { ConflictId = conflicts[0].ConflictId, Side = ResolutionSide.Source }
        );
        Assert.Equal((MergeState.Waiting, 1), (first.State, first.Counts.UndecidedConflicts));
        // The branch moves on elsewhere: the decision still stands.
        await trial.PutAsync("target", ("s4", 20, "active", "c4"));
        Assert.True((await fixture.Merges.GetMergeAsync(new() { Name = opened.Name }, fixture.Lab)).Merge.Outdated);
        var second = await DecideAsync(
            first,
            new Resolution
            {
                ConflictId = conflicts[1].ConflictId,
                Cells = new() { Fields = { ["age"] = Value.ForNumber(55) } },
                Reason = "source document says 55",
            }
        );
        Assert.Equal(MergeState.Ready, second.State);
        Assert.All(await ConflictsAsync(opened), conflict => Assert.Equal("a test", conflict.Resolver));

        var done = await fixture.Merges.CompleteMergeAsync(new() { Name = opened.Name }, fixture.Lab);

        Assert.Equal(MergeState.Completed, done.Merge.State);
        Assert.Equal(["s1 41 placebo c1", "s2 55 active c2", "s4 20 active c4"], await trial.SubjectsAsync("target"));
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.MergeClosed,
            () => fixture.Merges.AbandonMergeAsync(new() { Name = opened.Name }, fixture.Lab)
        );
    }

    [Fact]
    public async Task Records_of_both_sides_that_break_a_uniqueness_together_conflict()
    {
        var trial = await Trial.CreateAsync(fixture, "unique");
        await trial.PutAsync("source", ("s3", 60, "active", "same"));
        await trial.PutAsync("target", ("s4", 61, "active", "same"));

        var conflict = Assert.Single((await PreviewAsync(trial)).Conflicts);

        Assert.Equal(ConflictKind.Uniqueness, conflict.Kind);
        Assert.Equal("one_code", conflict.Record.Constraint);
        Assert.Equal(
            ["s3", "s4"],
            new[] { conflict.Record.RecordId, conflict.Record.OtherRecordId }.Order(StringComparer.Ordinal)
        );
        await MergeAsync(trial, new() { Strategy = MergeStrategy.TakeSource });
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2", "s3 60 active same"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_reference_to_a_record_that_the_other_side_deleted_conflicts_and_the_deletion_can_be_undone()
    {
        var trial = await Trial.CreateAsync(fixture, "reference");
        await trial.PutVisitAsync("source", "v1", "s1");
        await trial.DeleteAsync("target", "s1");

        var conflict = Assert.Single((await PreviewAsync(trial)).Conflicts);

        Assert.Equal(ConflictKind.Reference, conflict.Kind);
        Assert.Equal(
            ("visit", "v1", "s1"),
            (conflict.Record.DatasetId, conflict.Record.RecordId, conflict.Record.OtherRecordId)
        );
        await MergeAsync(trial, new() { Strategy = MergeStrategy.TakeSource });
        Assert.Equal(["s1 40 placebo c1", "s2 50 active c2"], await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_bound_of_one_side_that_a_record_of_the_other_breaks_fails_the_checks_before_it_is_visible()
    {
        var trial = await Trial.CreateAsync(fixture, "bounds");
        var tighter = Trial.Subject.Columns[1] with { Maximum = Records.Cells.CellValue.OfInteger(65) };
        await trial.DefineAsync("target", Trial.Subject with { Columns = Trial.Subject.Columns.SetItem(1, tighter) });
        await trial.PutAsync("source", ("s3", 70, "active", "c3"));
        var before = await trial.HeadVersionAsync("target");

        var failure = await Assert.ThrowsAsync<RpcException>(() => MergeAsync(trial));

        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        var check = StatusDetails.Find<CheckFailure>(StatusDetails.Find(failure)!)!;
        Assert.Equal("age", check.Check);
        Assert.EndsWith("/records/s3", Assert.Single(check.Records), StringComparison.Ordinal);
        Assert.Equal(before, await trial.HeadVersionAsync("target"));
    }

    [Fact]
    public async Task A_column_renamed_on_one_side_and_bounded_on_the_other_is_both()
    {
        var trial = await Trial.CreateAsync(fixture, "rename");
        var column = Trial.Subject.Columns[1];
        var (renamed, bounded) = (
            column with
            {
                Name = "age_years",
            },
            column with
            {
                Maximum = Records.Cells.CellValue.OfInteger(90),
            }
        );
        await trial.DefineAsync("source", Trial.Subject with { Columns = Trial.Subject.Columns.SetItem(1, renamed) });
        await trial.DefineAsync("target", Trial.Subject with { Columns = Trial.Subject.Columns.SetItem(1, bounded) });

        await MergeAsync(trial);

        var definition = (string)
            (
                await fixture.AsOwnerAsync(
                    "SELECT definition::text FROM records.dataset WHERE name = 'subject' ORDER BY version DESC LIMIT 1"
                )
            )!;
        var merged = Records.Datasets.DefinitionJson.Read(definition).Columns[1];
        Assert.Equal(("age_years", 90), (merged.Name, merged.Maximum!.Value.AsInteger()));
    }

    [Fact]
    public async Task Many_merges_into_one_branch_at_once_are_all_whole()
    {
        var trial = await Trial.CreateAsync(fixture, "crowd");
        const int Branches = 6;
        for (var i = 0; i < Branches; i++)
        {
            await fixture.CreateAsync($"crowd-{i}", new() { Branch = trial.Branch("source") });
            await trial.PutAsync($"{i}", ($"n{i}", i, "active", $"n{i}"), ($"m{i}", i, "active", $"m{i}"));
        }

        await Task.WhenAll(
            Enumerable
                .Range(0, Branches)
                .Select(async i =>
                {
                    var pair = new MergePair { Source = trial.Branch($"{i}"), Target = trial.Branch("target") };
                    await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
                })
        );

        Assert.Equal(2 + (2 * Branches), (await trial.SubjectsAsync("target")).Count);
    }

    [Fact]
    public async Task A_repeated_request_is_answered_and_not_done_again()
    {
        var trial = await Trial.CreateAsync(fixture, "twice");
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var request = new MergeBranchRequest { Pair = trial.Pair, RequestId = "7d3f9a0e-0000-4000-8000-0000000000a1" };

        var first = await fixture.Merges.MergeBranchAsync(request, fixture.Lab);
        var second = await fixture.Merges.MergeBranchAsync(request, fixture.Lab);

        Assert.Equal(MergeOutcome.FastForward, first.Outcome);
        Assert.Equal(first, second);
        Assert.Equal(first.Merge.Commit.Version, await trial.HeadVersionAsync("target"));
        var idle = new MergeBranchRequest { Pair = trial.Pair, RequestId = "7d3f9a0e-0000-4000-8000-0000000000a2" };
        var upToDate = await fixture.Merges.MergeBranchAsync(idle, fixture.Lab);
        await trial.PutAsync("source", ("s4", 20, "active", "c4"));
        Assert.Equal(upToDate, await fixture.Merges.MergeBranchAsync(idle, fixture.Lab));
        Assert.Equal(first.Merge.Commit.Version, await trial.HeadVersionAsync("target"));
    }

    [Fact]
    public async Task Of_equal_requests_at_once_one_is_done_and_all_get_its_answer()
    {
        var trial = await Trial.CreateAsync(fixture, "at-once");
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var request = new MergeBranchRequest
        {
            Pair = trial.Pair,
            IfTargetVersion = await trial.HeadVersionAsync("target"),
            RequestId = "7d3f9a0e-0000-4000-8000-0000000000a7",
        };

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => fixture.Merges.MergeBranchAsync(request, fixture.Lab).ResponseAsync)
        );

        Assert.All(answers, answer => Assert.Equal(answers[0].Merge.Name, answer.Merge.Name));
        Assert.Equal(answers[0].Merge.Commit.Version, await trial.HeadVersionAsync("target"));
    }

    [Theory]
    [InlineData("pair.target = \"{target}\" AND state = COMPLETED", 1)]
    [InlineData("pair.target = \"{target}\" AND (state = WAITING OR state = COMPLETED)", 2)]
    [InlineData("pair.source = \"filter-source\" AND pair.target = \"{target}\" AND NOT state = COMPLETED", 1)]
    [InlineData("pair.target = \"filter-ta*\" AND state != WAITING", 1)]
    [InlineData("pair.target = \"{target}\" AND create_time < \"2020-01-01T00:00:00Z\"", 0)]
    [InlineData("pair.target = \"projects/other/branches/filter-target\"", 0)]
    public async Task Merges_are_listed_by_any_filter(string filter, int count)
    {
        const string Target = "projects/lab/branches/filter-target";
        await MakeFilteredAsync();
        var request = new ListMergesRequest
        {
            Parent = "projects/lab",
            Filter = filter.Replace("{target}", Target, StringComparison.Ordinal),
        };

        Assert.Equal(count, (await fixture.Merges.ListMergesAsync(request, fixture.Lab)).Merges.Count);
    }

    [Theory]
    [InlineData("kind = CELL", 2)]
    [InlineData("kind = SAMPLES OR dataset_id = subject", 2)]
    [InlineData("NOT dataset_id = subject", 0)]
    [InlineData("kind != CELL OR decided = true", 1)]
    [InlineData("decided = false AND dataset_id:subject", 1)]
    public async Task Conflicts_are_listed_by_any_filter(string filter, int count)
    {
        var merge = await MakeFilteredAsync();
        var request = new ListConflictsRequest { Parent = merge, Filter = filter };

        Assert.Equal(count, (await fixture.Merges.ListConflictsAsync(request, fixture.Lab)).Conflicts.Count);
    }

    /// <summary>One merge that is done and one that waits with two conflicts, one of them decided; made once.</summary>
    private async Task<string> MakeFilteredAsync()
    {
        const string Find = "SELECT max(merge_id) FROM branching.merge WHERE state = 'waiting' AND message = 'filter'";
        if (await fixture.AsOwnerAsync(Find) is long made)
        {
            return $"projects/lab/merges/m{made}";
        }

        var trial = await Trial.CreateAsync(fixture, "filter");
        await trial.PutAsync("source", ("s4", 60, "active", "c4"));
        await MergeAsync(trial);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s2", 51, "active", "c2"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"), ("s2", 52, "active", "c2"));
        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair, Message = "filter" },
        };
        var opened = (await fixture.Merges.CreateMergeAsync(request, fixture.Lab)).Merge;
        var conflicts = await ConflictsAsync(opened);
        var decision = new Resolution { ConflictId = conflicts[0].ConflictId, Side = ResolutionSide.Source };
        return (await DecideAsync(opened, decision)).Name;
    }

    private async Task<Trial> ConflictAsync(string word)
    {
        var trial = await Trial.CreateAsync(fixture, word);
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        return trial;
    }

    private async Task<MergeBranchResponse> MergeAsync(Trial trial, MergePolicy? policy = null) =>
        await fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

    private async Task<PreviewMergeResponse> PreviewAsync(Trial trial) =>
        await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);

    private async Task<IReadOnlyList<Conflict>> ConflictsAsync(Merge merge) =>
        (await fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name }, fixture.Lab)).Conflicts;

    private async Task<Merge> DecideAsync(Merge merge, Resolution resolution) =>
        (
            await fixture.Merges.ResolveConflictsAsync(
                new()
                {
                    Name = merge.Name,
                    Etag = merge.Etag,
                    Resolutions = { resolution },
                },
                fixture.Lab
            )
        ).Merge;
}
