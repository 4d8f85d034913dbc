using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>Two equal requests about a waiting merge at once: a client gave up on one and sent it again.</summary>
public sealed class MergesBesideEachOtherTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    private readonly string request = $"{Guid.CreateVersion7()}";

    [Fact]
    public async Task Two_equal_requests_open_one_merge()
    {
        var trial = await ClashingAsync();

        var opened = await TwiceAsync(() => OpenAsync(trial, request));

        Assert.Equal(opened[0], opened[1]);
    }

    [Fact]
    public async Task While_a_merge_waits_another_of_its_branches_is_refused_with_its_name()
    {
        var trial = await ClashingAsync();
        var waiting = (await OpenAsync(trial, request)).Merge;

        var failure = await BranchServiceFixture.RefusedAsync(
            StatusCode.AlreadyExists,
            ErrorReason.AlreadyExists,
            () => OpenAsync(trial)
        );

        Assert.Contains(waiting.Name[(waiting.Name.LastIndexOf('/') + 1)..], failure.Message, StringComparison.Ordinal);
        // The same request once more, another state of the source, and the other direction are no second one.
        Assert.Equal(waiting, (await OpenAsync(trial, request)).Merge);
        var earlier = trial.Pair;
        earlier.SourcePoint = new() { Version = await trial.HeadVersionAsync("source") };
        await OpenAsync(earlier);
        await OpenAsync(new MergePair { Source = trial.Pair.Target, Target = trial.Pair.Source });
        await fixture.Merges.AbandonMergeAsync(new() { Name = waiting.Name }, fixture.Lab);
        Assert.NotEqual(waiting.Name, (await OpenAsync(trial)).Merge.Name);
    }

    [Fact]
    public async Task Of_two_that_are_opened_at_once_one_is_refused()
    {
        var trial = await ClashingAsync();
        Task<Exception?>[] both;
        await using (await fixture.HoldMergesAsync())
        {
            both =
            [
                .. Enumerable
                    .Range(0, 2)
                    .Select(_ => Xunit.Record.ExceptionAsync(async () => await OpenAsync(trial)).AsTask()),
            ];
            await fixture.WaitUntilWaitingAsync(2);
        }

        var refused = Assert.Single(await Task.WhenAll(both), failure => failure is not null);
        Assert.Equal(StatusCode.AlreadyExists, Assert.IsType<RpcException>(refused).StatusCode);
    }

    [Fact]
    public async Task Two_equal_decisions_are_one()
    {
        var merge = (await OpenAsync(await ClashingAsync())).Merge;
        var conflict = Assert.Single(await ConflictsAsync(merge));

        var decided = await TwiceAsync(() => DecideAsync(merge, conflict, request));

        Assert.Equal(decided[0], decided[1]);
        Assert.Equal(MergeState.Ready, decided[0].Merge.State);
    }

    [Fact]
    public async Task Two_equal_completions_are_one()
    {
        var trial = await ClashingAsync();
        var merge = (await OpenAsync(trial)).Merge;
        await DecideAsync(merge, Assert.Single(await ConflictsAsync(merge)));

        var completed = await TwiceAsync(() =>
            fixture.Merges.CompleteMergeAsync(new() { Name = merge.Name, RequestId = request }, fixture.Lab)
        );

        Assert.Equal(completed[0], completed[1]);
        Assert.Equal(MergeState.Completed, completed[0].Merge.State);
        Assert.Equal(completed[0].Merge.Commit.Version, await trial.HeadVersionAsync("target"));
    }

    [Fact]
    public async Task Two_equal_abandonments_are_one()
    {
        var merge = (await OpenAsync(await ClashingAsync())).Merge;

        var closed = await TwiceAsync(() =>
            fixture.Merges.AbandonMergeAsync(new() { Name = merge.Name, RequestId = request }, fixture.Lab)
        );

        Assert.Equal(closed[0], closed[1]);
        Assert.Equal(MergeState.Abandoned, closed[0].Merge.State);
    }

    /// <summary>Both calls have looked for the request, and neither is done, when the first may go on.</summary>
    private async Task<T[]> TwiceAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        Task<T[]> both;
        await using (await fixture.HoldMergesAsync())
        {
            both = Task.WhenAll(call().ResponseAsync, call().ResponseAsync);
            await fixture.WaitUntilWaitingAsync(2);
        }

        return await both;
    }

    /// <summary>Source and target have other ages for one subject.</summary>
    private async Task<Trial> ClashingAsync()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        await trial.PutAsync("source", ("s1", 41, "placebo", "c1"));
        await trial.PutAsync("target", ("s1", 42, "placebo", "c1"));
        return trial;
    }

    private AsyncUnaryCall<CreateMergeResponse> OpenAsync(Trial trial, string requestId = "") =>
        OpenAsync(trial.Pair, requestId);

    private AsyncUnaryCall<CreateMergeResponse> OpenAsync(MergePair pair, string requestId = "") =>
        fixture.Merges.CreateMergeAsync(
            new()
            {
                Parent = "projects/lab",
                Merge = new() { Pair = pair },
                RequestId = requestId,
            },
            fixture.Lab
        );

    private async Task<IEnumerable<Conflict>> ConflictsAsync(Merge merge) =>
        (await fixture.Merges.ListConflictsAsync(new() { Parent = merge.Name }, fixture.Lab)).Conflicts;

    private AsyncUnaryCall<ResolveConflictsResponse> DecideAsync(Merge merge, Conflict conflict, string id = "") =>
        fixture.Merges.ResolveConflictsAsync(
            new()
            {
                Name = merge.Name,
                Resolutions =
                {
                    new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Source },
                },
                RequestId = id,
            },
            fixture.Lab
        );
}
