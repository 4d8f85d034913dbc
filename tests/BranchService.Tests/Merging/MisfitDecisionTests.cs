using Dendrite.Errors;
using Dendrite.Fixtures.BadInput;
using Dendrite.Records.Cells;
using Dendrite.Records.Datasets;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Decisions that cannot settle their conflict are refused, and what nothing settles is not decided.</summary>
public sealed class MisfitDecisionTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly Resolution Base = new() { Side = ResolutionSide.Base };
    private static readonly Resolution Source = new() { Side = ResolutionSide.Source };

    private static readonly Resolution Cells = new()
    {
        Cells = new() { Fields = { ["code"] = Value.ForString("c9") } },
    };

    private static readonly Resolution Record = new() { Record = Cells.Cells };

    private static readonly Dictionary<string, (Func<Trial, Task> Arrange, Resolution[] Misfits)> Conflicts = new(
        StringComparer.Ordinal
    )
    {
        ["two records with one value"] = (
            async trial =>
            {
                await trial.PutAsync("source", ("s3", 60, "active", "same"));
                await trial.PutAsync("target", ("s4", 61, "active", "same"));
            },
            [Base, Cells, Record]
        ),
        ["a reference to what is gone"] = (
            async trial =>
            {
                await trial.DeleteAsync("source", "s1");
                await trial.PutVisitAsync("target", "v1", "s1");
            },
            [Base, Cells, Record]
        ),
        ["a property of a column"] = (
            async trial =>
            {
                await trial.DefineAsync("source", Described("of the source"));
                await trial.DefineAsync("target", Described("of the target"));
            },
            [Cells, Record]
        ),
        ["a dataset that one side deleted"] = (
            async trial =>
            {
                await trial.DropAsync("source", "visit");
                await trial.PutVisitAsync("target", "v1", "s1");
            },
            [Cells, Record]
        ),
        ["two datasets of one name"] = (
            async trial =>
            {
                await trial.MakeAsync("source", "labs", Trial.Visit);
                await trial.MakeAsync("target", "labs", Trial.Visit);
            },
            [Base, Cells, Record]
        ),
        ["two columns of one name"] = (
            async trial =>
            {
                await trial.DefineAsync("source", WithColumn(5, "weight"));
                await trial.DefineAsync("target", WithColumn(6, "WEIGHT"));
            },
            [Base, Source, Cells, Record]
        ),
    };

    public static TheoryData<string> Names => [.. Conflicts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_decision_that_cannot_settle_its_conflict_is_refused_and_leaves_it_undecided(string name)
    {
        var (arrange, misfits) = Conflicts[name];
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await arrange(trial);
        var merge = await OpenAsync(trial);
        var conflict = Assert.Single(await ListAsync(merge, "decided = false"));

        foreach (var misfit in misfits)
        {
            Assert.Equal(Invalid("resolutions[0]"), await RefusalAsync(merge, misfit, conflict));
        }

        Assert.Single(await ListAsync(merge, "decided = false"));
        Assert.Empty(await ListAsync(merge, "decided = true"));
    }

    [Fact]
    public async Task A_decision_that_was_kept_and_does_not_fit_any_more_is_left_out()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        var merge = await OpenAsync(trial);
        var conflict = Assert.Single(await ListAsync(merge, ""));
        var decision = new Resolution { Cells = new() };
        decision.Cells.Fields["age"] = Value.ForNumber(50);
        await ResolveAsync(merge, decision, conflict);
        Assert.Single(await ListAsync(merge, "decided = true"));

        var columns = Trial.Subject.Columns;
        await trial.DefineAsync(
            "target",
            Trial.Subject with
            {
                Columns = columns.SetItem(1, columns[1] with { Name = "years" }),
            }
        );

        var open = Assert.Single(await ListAsync(merge, "decided = false"));
        Assert.Equal(conflict.ConflictId, open.ConflictId);
        Assert.Null(open.Resolution);
        await RefusedAsync(
            StatusCode.Aborted,
            ErrorReason.MergeConflict,
            () => fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name }, fixture.Lab)
        );
    }

    [Fact]
    public async Task What_the_strategy_settles_is_decided_and_what_a_decision_does_not_settle_is_not()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"), ("s3", 60, "new", "c3"), ("s4", 61, "new", "c4"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        var unique = new UniqueConstraint("one_arm", [3]);
        await trial.DefineAsync("target", Trial.Subject with { Constraints = Trial.Subject.Constraints.Add(unique) });
        var merge = await OpenAsync(trial, new() { Strategy = MergeStrategy.TakeSource });

        Assert.Equal(ConflictKind.Cell, Assert.Single(await ListAsync(merge, "decided = true")).Kind);
        var open = Assert.Single(await ListAsync(merge, "decided = false"));
        Assert.Equal(ConflictKind.Uniqueness, open.Kind);

        // Both records are the source's, and the constraint is the target's.
        Assert.Equal(Invalid("resolutions[0]"), await RefusalAsync(merge, new(Source), open));
        var decided = await ResolveAsync(merge, new() { Side = ResolutionSide.Target }, open);
        Assert.Equal(MergeState.Ready, decided.State);
        Assert.Empty(await ListAsync(merge, "decided = false"));
    }

    [Fact]
    public async Task Where_definitions_do_not_hold_together_nothing_is_decided_about_records()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var unique = new UniqueConstraint("one_arm", [3]);
        await trial.DefineAsync("source", Trial.Subject with { Columns = Trial.Subject.Columns.RemoveAt(2) });
        await trial.DefineAsync("target", Trial.Subject with { Constraints = Trial.Subject.Constraints.Add(unique) });
        var merge = await OpenAsync(trial);
        var decision = new Resolution(Source) { ConflictId = new string('0', 32) };

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () => fixture.Merges.ResolveConflictsAsync(Deciding(merge, decision), fixture.Lab)
        );
        Assert.Contains("resolutions[0].conflict_id", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("one_arm", refusal.Message, StringComparison.Ordinal);
        var opening = await fixture.RefusalOfAsync(() =>
            fixture.Merges.CreateMergeAsync(Opening(trial, new() { Resolutions = { decision } }), fixture.Lab)
        );
        Assert.Equal(Invalid("merge.policy.resolutions[0].conflict_id"), opening);
        // What fails is said first where there is nothing to wait for.
        await RefusedAsync(
            StatusCode.FailedPrecondition,
            ErrorReason.ChecksFailed,
            () =>
                fixture.Merges.MergeBranchAsync(
                    new()
                    {
                        Pair = trial.Pair,
                        Policy = new() { Resolutions = { decision } },
                    },
                    fixture.Lab
                )
        );
    }

    [Fact]
    public async Task A_record_that_neither_side_wrote_leaves_no_side_to_take()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s3", 60, "active", "c3"));
        var unique = new UniqueConstraint("one_arm", [3]);
        await trial.DefineAsync("target", Trial.Subject with { Constraints = Trial.Subject.Constraints.Add(unique) });
        var merge = await OpenAsync(trial);
        var conflict = Assert.Single(await ListAsync(merge, "decided = false"));

        Assert.Equal(Invalid("resolutions[0]"), await RefusalAsync(merge, new(Source), conflict));
        Assert.Single(await ListAsync(merge, "decided = false"));
    }

    private static DatasetDefinition Described(string arm) =>
        Trial.Subject with
        {
            Columns = Trial.Subject.Columns.SetItem(2, Trial.Subject.Columns[2] with { Description = arm }),
        };

    private static DatasetDefinition WithColumn(int number, string name) =>
        Trial.Subject with
        {
            Columns = Trial.Subject.Columns.Add(new(number, name, CellType.Double)),
        };

    private static CreateMergeRequest Opening(Trial trial, MergePolicy? policy) =>
        new()
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair, Policy = policy },
        };

    private static ResolveConflictsRequest Deciding(Merge merge, Resolution decision) =>
        new() { Name = merge.Name, Resolutions = { decision } };

    private async Task<Merge> ResolveAsync(Merge merge, Resolution decision, Conflict conflict)
    {
        var request = Deciding(merge, new(decision) { ConflictId = conflict.ConflictId });
        return (await fixture.Merges.ResolveConflictsAsync(request, fixture.Lab)).Merge;
    }

    private Task<Refusal> RefusalAsync(Merge merge, Resolution decision, Conflict conflict) =>
        fixture.RefusalOfAsync(() =>
            fixture.Merges.ResolveConflictsAsync(
                Deciding(merge, new(decision) { ConflictId = conflict.ConflictId }),
                fixture.Lab
            )
        );

    private async Task<Merge> OpenAsync(Trial trial, MergePolicy? policy = null) =>
        (await fixture.Merges.CreateMergeAsync(Opening(trial, policy), fixture.Lab)).Merge;

    private async Task<IEnumerable<Conflict>> ListAsync(Merge merge, string filter) =>
        (
            await fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name, Filter = filter }, fixture.Lab)
        ).Conflicts;
}
