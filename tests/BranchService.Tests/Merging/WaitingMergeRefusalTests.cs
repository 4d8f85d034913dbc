using Dendrite.Fixtures.BadInput;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using static Dendrite.Fixtures.BadInput.Refusal;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Bad arguments about a merge that waits: the status, the field at fault, and the merge waits on.</summary>
public sealed class WaitingMergeRefusalTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private static readonly (Refusal Refusal, Func<string, string> Spoil)[] Names =
    [
        (Invalid("name"), _ => ""),
        (Invalid("name"), _ => "m1"),
        (Invalid("name"), _ => "projects/lab/merges/"),
        (Invalid("name"), _ => "projects/lab/merges/../merges/m1"),
        (Invalid("name"), name => name + "'; DROP TABLE branching.merge; --"),
        (Invalid("name"), name => name + "\0"),
        (Invalid("name"), name => name + "\u001b[2J"),
        (Invalid("name"), name => name + new string('0', 3_000_000)),
        (Of(StatusCode.ResourceExhausted), name => name + new string('0', 10_000_000)),
        (Of(StatusCode.PermissionDenied), name => name.Replace("/lab/", "/other/")),
        (Of(StatusCode.NotFound), _ => "projects/lab/merges/m999999"),
        (Of(StatusCode.NotFound), _ => "projects/lab/merges/m99999999999999999999"),
        (Of(StatusCode.NotFound), _ => "projects/lab/merges/merge"),
    ];

    public static TheoryData<Refusal, Action<CompleteMergeRequest>> Completions =>
        new(
            Names
                .Select(name => (name.Refusal, On<CompleteMergeRequest>(r => r.Name = name.Spoil(r.Name))))
                .Append((Of(StatusCode.Aborted), On<CompleteMergeRequest>(r => r.Etag = "\"99\"")))
                .Append((Of(StatusCode.Aborted), On<CompleteMergeRequest>(r => r.Etag = "not ours")))
                .Append((Of(StatusCode.Aborted), On<CompleteMergeRequest>(_ => { })))
                .Append((Invalid("request_id"), On<CompleteMergeRequest>(r => r.RequestId = "1; SELECT 1")))
        );

    public static TheoryData<Refusal, Action<AbandonMergeRequest>> Abandonments =>
        new(
            Names
                .Select(name => (name.Refusal, On<AbandonMergeRequest>(r => r.Name = name.Spoil(r.Name))))
                .Append((Of(StatusCode.Aborted), On<AbandonMergeRequest>(r => r.Etag = "\"99\"")))
                .Append((Of(StatusCode.Aborted), On<AbandonMergeRequest>(r => r.Etag = new string('"', 1_000))))
                .Append((Invalid("request_id"), On<AbandonMergeRequest>(r => r.RequestId = "x")))
        );

    public static TheoryData<Refusal, Action<ResolveConflictsRequest>> Decisions =>
        new(
            Names
                .Select(name => (name.Refusal, On<ResolveConflictsRequest>(r => r.Name = name.Spoil(r.Name))))
                .Append((Invalid("resolutions"), On<ResolveConflictsRequest>(r => r.Resolutions.Clear())))
                .Append(
                    (
                        Invalid("resolutions[0].conflict_id"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].ConflictId = "' OR 1=1")
                    )
                )
                .Append((Invalid("resolutions[0]"), On<ResolveConflictsRequest>(r => r.Resolutions[0].ClearDecision())))
                .Append(
                    (
                        Invalid("resolutions[0]"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Side = (ResolutionSide)99)
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].reason"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Reason = "bell \a")
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].cells.height"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Cells = Cells("height", Value.ForNumber(1)))
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].cells.age"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Cells = Cells("age", Value.ForString("old")))
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].cells.age"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Cells = Cells("age", new Value()))
                    )
                )
                .Append(
                    (
                        // As it travels, it may have been 2^53 + 1.
                        Invalid("resolutions[0].cells.age"),
                        On<ResolveConflictsRequest>(r =>
                            r.Resolutions[0].Cells = Cells("age", Value.ForNumber(9_007_199_254_740_992))
                        )
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].record.age"),
                        On<ResolveConflictsRequest>(r =>
                            r.Resolutions[0].Record = Cells("age", Value.ForNumber(double.NaN))
                        )
                    )
                )
                .Append(
                    (
                        Invalid("resolutions[0].record.arm"),
                        On<ResolveConflictsRequest>(r => r.Resolutions[0].Record = Cells("arm", Value.ForString("\0")))
                    )
                )
                .Append((Of(StatusCode.Aborted), On<ResolveConflictsRequest>(r => r.Etag = "\"99\"")))
                .Append((Invalid("request_id"), On<ResolveConflictsRequest>(r => r.RequestId = "x")))
        );

    [Theory]
    [MemberData(nameof(Completions))]
    [BadInputOf("CompleteMerge")]
    public async Task A_bad_completion_is_refused(Refusal refusal, Action<CompleteMergeRequest> spoil)
    {
        var (name, _) = await WaitingAsync();
        var request = new CompleteMergeRequest { Name = name };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Merges.CompleteMergeAsync(request, fixture.Lab));
    }

    [Theory]
    [MemberData(nameof(Abandonments))]
    [BadInputOf("AbandonMerge")]
    public async Task A_bad_abandonment_is_refused(Refusal refusal, Action<AbandonMergeRequest> spoil)
    {
        var (name, _) = await WaitingAsync();
        var request = new AbandonMergeRequest { Name = name };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Merges.AbandonMergeAsync(request, fixture.Lab));
    }

    [Theory]
    [MemberData(nameof(Decisions))]
    [BadInputOf("ResolveConflicts")]
    public async Task A_bad_decision_is_refused(Refusal refusal, Action<ResolveConflictsRequest> spoil)
    {
        var (name, conflict) = await WaitingAsync();
        var request = new ResolveConflictsRequest
        {
            Name = name,
            Resolutions =
            {
                new Resolution { ConflictId = conflict, Side = ResolutionSide.Source },
            },
        };
        spoil(request);
        await RefusesAsync(refusal, () => fixture.Merges.ResolveConflictsAsync(request, fixture.Lab));
    }

    [Fact]
    public async Task A_merge_that_was_given_up_is_neither_completed_nor_decided_nor_given_up_again()
    {
        var (name, conflict) = await WaitingAsync();
        await fixture.Merges.AbandonMergeAsync(new() { Name = name }, fixture.Lab);
        var decide = new ResolveConflictsRequest
        {
            Name = name,
            Resolutions =
            {
                new Resolution { ConflictId = conflict, Side = ResolutionSide.Source },
            },
        };

        var closed = Of(StatusCode.FailedPrecondition);
        await RefusesAsync(closed, () => fixture.Merges.CompleteMergeAsync(new() { Name = name }, fixture.Lab));
        await RefusesAsync(closed, () => fixture.Merges.AbandonMergeAsync(new() { Name = name }, fixture.Lab));
        await RefusesAsync(closed, () => fixture.Merges.ResolveConflictsAsync(decide, fixture.Lab));
    }

    private async Task RefusesAsync<T>(Refusal refusal, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(refusal, await fixture.RefusalOfAsync(call));

    // A merge with one conflict: both sides gave one subject another age.
    private async Task<(string Name, string Conflict)> WaitingAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        var create = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair },
        };
        var merge = (await fixture.Merges.CreateMergeAsync(create, fixture.Lab)).Merge;
        var list = await fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name }, fixture.Lab);
        return (merge.Name, Assert.Single(list.Conflicts).ConflictId);
    }

    private static Action<T> On<T>(Action<T> spoil) => spoil;

    private static Struct Cells(string column, Value value) => new() { Fields = { [column] = value } };
}
