using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests.Merging;

/// <summary>A merge that waits, whose conflicts several people list and decide at once.</summary>
public sealed class DecidedTogetherTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Who_decide_different_conflicts_at_once_are_all_heard()
    {
        var merge = await OpenAsync();
        var conflicts = (await ListAsync(merge, "", 10)).Conflicts;

        await Task.WhenAll(conflicts.Select(conflict => DecideAsync(merge, conflict)));

        var decided = (await fixture.Merges.GetMergeAsync(new() { Name = merge.Name }, fixture.Lab)).Merge;
        Assert.Equal((MergeState.Ready, 0), (decided.State, decided.Counts.UndecidedConflicts));
    }

    [Fact]
    public async Task Of_those_who_read_one_etag_and_decide_at_once_one_is_heard()
    {
        var merge = await OpenAsync();
        var conflicts = (await ListAsync(merge, "", 10)).Conflicts;

        var heard = await Task.WhenAll(conflicts.Select(conflict => IsHeardAsync(merge, conflict)));

        Assert.Single(heard, isHeard => isHeard);

        async Task<bool> IsHeardAsync(Merge read, Conflict conflict)
        {
            try
            {
                await DecideAsync(read, conflict, read.Etag);
                return true;
            }
            catch (RpcException refusal)
            {
                Assert.Equal(ErrorReason.EtagMismatch, ErrorStatus.FromRpcException(refusal)?.Reason);
                return false;
            }
        }
    }

    [Fact]
    public async Task What_is_undecided_is_listed_to_its_end_while_it_is_decided_page_by_page()
    {
        var merge = await OpenAsync();
        var (seen, token) = (0, "");
        do
        {
            var page = await ListAsync(merge, "decided = false", 1, token);
            foreach (var conflict in page.Conflicts)
            {
                await DecideAsync(merge, conflict);
            }

            (seen, token) = (seen + page.Conflicts.Count, page.NextPageToken);
        } while (token.Length > 0);

        Assert.Equal(4, seen);
    }

    [Fact]
    public async Task A_page_behind_a_conflict_that_is_none_any_more_is_refused()
    {
        var trial = await Trial.CreateAsync(fixture, fixture.NextWord());
        var merge = await OpenAsync(trial);
        var page = await ListAsync(merge, "", 1);
        await trial.PutAsync("target", ("s1", 41, "placebo", "c1"));

        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidPageToken,
            () => fixture.Merges.ListConflictsAsync(Listing(merge, "", 1, page.NextPageToken), fixture.Lab)
        );
    }

    private async Task<Merge> OpenAsync() => await OpenAsync(await Trial.CreateAsync(fixture, fixture.NextWord()));

    /// <summary>Four conflicts.</summary>
    private async Task<Merge> OpenAsync(Trial trial)
    {
        await trial.PutAsync("source", Rows(41, "x"));
        await trial.PutAsync("target", Rows(42, "y"));
        var request = new CreateMergeRequest
        {
            Parent = "projects/lab",
            Merge = new() { Pair = trial.Pair },
        };
        return (await fixture.Merges.CreateMergeAsync(request, fixture.Lab)).Merge;

        static (string, int?, string?, string?)[] Rows(int age, string arm) =>
            [
                ("s1", age, "placebo", "c1"),
                ("s2", age, "active", "c2"),
                ("s3", age, "placebo", $"{arm}3"),
                ("s4", age, "placebo", $"{arm}4"),
            ];
    }

    private async Task<ListConflictsResponse> ListAsync(Merge merge, string filter, int size, string token = "") =>
        await fixture.Merges.ListConflictsAsync(Listing(merge, filter, size, token), fixture.Lab);

    private static ListConflictsRequest Listing(Merge merge, string filter, int size, string token) =>
        new()
        {
            Parent = merge.Name,
            Filter = filter,
            PageSize = size,
            PageToken = token,
        };

    private async Task DecideAsync(Merge merge, Conflict conflict, string etag = "")
    {
        var decision = new Resolution { ConflictId = conflict.ConflictId, Side = ResolutionSide.Source };
        await fixture.Merges.ResolveConflictsAsync(
            new()
            {
                Name = merge.Name,
                Etag = etag,
                Resolutions = { decision },
            },
            fixture.Lab
        );
    }
}
