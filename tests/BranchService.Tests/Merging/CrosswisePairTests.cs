using Dendrite.Errors;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>
/// Two branches took in the same two others, whose records break a constraint together, and each let another of them
/// go: one question that was answered twice, differently.
/// </summary>
public sealed class CrosswisePairTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Source)]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Target)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ResolutionSide.Source)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ResolutionSide.Target)]
    public async Task Of_two_new_records_with_one_value_of_which_each_side_kept_another_one_is_kept_by_a_decision(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ResolutionSide side
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s3", 60, "active", "same"));
        await trial.PutAsync("g", ("s4", 61, "placebo", "same"));
        await fixture.CrossAsync(trial, ofSource, ofTarget);
        var kept = await trial.SubjectsAsync(side == ResolutionSide.Source ? "source" : "target");
        Assert.Equal(3, kept.Count);

        await DecideAsync(trial, ConflictKind.Uniqueness, ("s3", "s4"), side);

        Assert.Equal(kept, await trial.SubjectsAsync("target"));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Source)]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Target)]
    public async Task So_it_is_with_records_that_were_there_before_and_were_given_the_value(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ResolutionSide side
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s1", 40, "placebo", "same"));
        await trial.PutAsync("g", ("s2", 50, "active", "same"));
        await fixture.CrossAsync(trial, ofSource, ofTarget);
        await trial.PutAsync("source", ("s5", 70, "active", "c5"));
        var kept = (await trial.SubjectsAsync(side == ResolutionSide.Source ? "source" : "target")).Take(2);

        await DecideAsync(trial, ConflictKind.Uniqueness, ("s1", "s2"), side);

        Assert.Equal([.. kept, "s5 70 active c5"], await trial.SubjectsAsync("target"));
    }

    [Theory]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Source)]
    [InlineData(MergeStrategy.TakeSource, MergeStrategy.TakeTarget, ResolutionSide.Target)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ResolutionSide.Source)]
    [InlineData(MergeStrategy.TakeTarget, MergeStrategy.TakeSource, ResolutionSide.Target)]
    public async Task A_reference_that_one_side_kept_and_a_deletion_that_the_other_kept_are_decided_together(
        MergeStrategy ofSource,
        MergeStrategy ofTarget,
        ResolutionSide side
    )
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutVisitAsync("f", "v1", "s1");
        await trial.DeleteAsync("g", "s1");
        await fixture.CrossAsync(trial, ofSource, ofTarget);
        var kept = await AllAsync(side == ResolutionSide.Source ? "source" : "target");
        Assert.NotEqual(await AllAsync("source"), await AllAsync("target"));

        await DecideAsync(trial, ConflictKind.Reference, ("v1", "s1"), side);

        Assert.Equal(kept, await AllAsync("target"));

        async Task<IReadOnlyList<string>> AllAsync(string branch) =>
            [.. await trial.SubjectsAsync(branch), .. await trial.RecordsAsync(branch, "visit", Trial.Visit)];
    }

    [Fact]
    public async Task Where_both_let_the_same_one_go_a_change_of_the_other_is_no_conflict()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s3", 60, "active", "same"));
        await trial.PutAsync("g", ("s4", 61, "placebo", "same"));
        await fixture.CrossAsync(trial, MergeStrategy.TakeSource, MergeStrategy.TakeSource);
        await trial.PutAsync("source", ("s4", 61, "placebo", "c4"));

        var merged = await fixture.MergeAsync(trial, "source", "target");

        Assert.Equal(0, merged.Merge.Counts.Conflicts);
        Assert.Contains("s4 61 placebo c4", await trial.SubjectsAsync("target"));
    }

    [Fact]
    public async Task A_pair_of_which_records_that_are_decided_bring_both_back_is_one_conflict()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s3", 60, "active", "same"));
        await trial.PutAsync("g", ("s4", 61, "placebo", "same"));
        await fixture.CrossAsync(trial, MergeStrategy.TakeTarget, MergeStrategy.TakeSource);
        var source = await trial.SubjectsAsync("source");
        var kept = source.Any(record => record.StartsWith("s3", StringComparison.Ordinal))
            ? ("s3", "s4")
            : ("s4", "s3");
        await trial.PutAsync("source", (kept.Item1, 70, "active", "same"));
        await trial.PutAsync("target", (kept.Item2, 71, "active", "same"));
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var policy = new MergePolicy();
        policy.Resolutions.AddRange(
            from conflict in preview.Conflicts
            where conflict.Kind != ConflictKind.Uniqueness
            let ofSource = conflict.Record.RecordId == kept.Item1
            select new Resolution
            {
                ConflictId = conflict.ConflictId,
                Side = ofSource ? ResolutionSide.Source : ResolutionSide.Target,
            }
        );

        var decided = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair, Policy = policy }, fixture.Lab);

        Assert.Equal(2, policy.Resolutions.Count);
        Assert.Single(decided.Conflicts, conflict => conflict.Kind == ConflictKind.Uniqueness);
        Assert.Equal((3, 1), (decided.Counts.Conflicts, decided.Counts.UndecidedConflicts));
    }

    [Fact]
    public async Task A_strategy_that_settles_a_pair_leaves_the_record_that_a_decision_settled()
    {
        var trial = await Crossing.CreateAsync(fixture);
        await trial.PutAsync("f", ("s3", 60, "active", "same"));
        await trial.PutAsync("g", ("s4", 61, "placebo", "same"));
        await fixture.CrossAsync(trial, MergeStrategy.TakeTarget, MergeStrategy.TakeSource);
        await trial.PutAsync("source", ("s3", 70, "active", "same"));
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var ofRecord = Assert.Single(preview.Conflicts, conflict => conflict.Kind != ConflictKind.Uniqueness);
        var decision = new Resolution
        {
            ConflictId = ofRecord.ConflictId,
            Record = new()
            {
                Fields =
                {
                    ["age"] = Value.ForNumber(80),
                    ["arm"] = Value.ForString("active"),
                    ["code"] = Value.ForString("other"),
                },
            },
        };

        await fixture.MergeAsync(
            trial,
            "source",
            "target",
            new MergePolicy { Strategy = MergeStrategy.TakeSource, Resolutions = { decision } }
        );

        var merged = await trial.SubjectsAsync("target");
        Assert.Contains("s3 80 active other", merged);
        Assert.DoesNotContain(merged, record => record.StartsWith("s4", StringComparison.Ordinal));
    }

    /// <summary>Preview and merge say the one conflict, and a decision settles it for good.</summary>
    private async Task DecideAsync(
        Trial trial,
        ConflictKind kind,
        (string Record, string Other) pair,
        ResolutionSide side
    )
    {
        var preview = await fixture.Merges.PreviewMergeAsync(new() { Pair = trial.Pair }, fixture.Lab);
        var conflict = Assert.Single(preview.Conflicts);
        Assert.Equal(
            (kind, pair.Record, pair.Other),
            (conflict.Kind, conflict.Record.RecordId, conflict.Record.OtherRecordId)
        );
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.MergeBranchAsync(new() { Pair = trial.Pair }, fixture.Lab)
        );
        var decision = new Resolution { ConflictId = conflict.ConflictId, Side = side };
        var merged = await fixture.MergeAsync(
            trial,
            "source",
            "target",
            new MergePolicy { Resolutions = { decision } }
        );
        Assert.Equal((1, 0), (merged.Merge.Counts.Conflicts, merged.Merge.Counts.UndecidedConflicts));
        // What was decided once stays so.
        Assert.Empty(
            (
                await fixture.Merges.PreviewMergeAsync(
                    new()
                    {
                        Pair = new() { Source = trial.Pair.Target, Target = trial.Pair.Source },
                    },
                    fixture.Lab
                )
            ).Conflicts
        );
    }
}
