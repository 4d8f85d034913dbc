using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class HistoryRpcTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Commits_are_listed_newest_first_across_the_fork_in_pages()
    {
        await fixture.CreateAsync("parent");
        await fixture.CommitAsync("parent", "one");
        await fixture.CommitAsync("parent", "two");
        await fixture.CreateAsync("child", new() { Branch = "projects/lab/branches/parent" });
        await fixture.CommitAsync("parent", "not seen");
        var third = await fixture.CommitAsync("child", "three");

        var request = new ListCommitsRequest { Parent = "projects/lab/branches/child", PageSize = 2 };
        var first = await fixture.History.ListCommitsAsync(request, fixture.Lab);
        request.PageToken = first.NextPageToken;
        var second = await fixture.History.ListCommitsAsync(request, fixture.Lab);

        Assert.Equal(["three", "two", "one"], first.Commits.Concat(second.Commits).Select(commit => commit.Message));
        Assert.Equal("", second.NextPageToken);
        Assert.Equal($"projects/lab/branches/child/commits/{third}", first.Commits[0].Name);
        Assert.StartsWith("projects/lab/branches/parent/", second.Commits[0].Name, StringComparison.Ordinal);

        var own = new ListCommitsRequest { Parent = request.Parent, OwnOnly = true };
        Assert.Single((await fixture.History.ListCommitsAsync(own, fixture.Lab)).Commits);
        var found = await fixture.History.GetCommitAsync(new() { Name = first.Commits[0].Name }, fixture.Lab);
        Assert.Equal(first.Commits[0], found.Commit);
    }

    [Fact]
    public async Task What_comes_by_a_merge_between_two_pages_is_not_listed_without_the_merge()
    {
        await fixture.CreateAsync("paged");
        await fixture.CommitAsync("paged", "one");
        await fixture.CreateAsync("paged-source", new() { Branch = "projects/lab/branches/paged" });
        await fixture.CommitAsync("paged-source", "elsewhere");
        await fixture.CommitAsync("paged", "two");
        var request = new ListCommitsRequest { Parent = "projects/lab/branches/paged", PageSize = 1 };
        var first = await fixture.History.ListCommitsAsync(request, fixture.Lab);
        var pair = new MergePair { Source = "projects/lab/branches/paged-source", Target = request.Parent };
        await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);

        request.PageToken = first.NextPageToken;
        var second = await fixture.History.ListCommitsAsync(request, fixture.Lab);

        Assert.Equal(["two", "one"], first.Commits.Concat(second.Commits).Select(commit => commit.Message));
        Assert.Equal("", second.NextPageToken);
        var all = await fixture.History.ListCommitsAsync(new() { Parent = request.Parent }, fixture.Lab);
        Assert.Equal(4, all.Commits.Count);
    }

    [Fact]
    public async Task A_commit_that_the_branch_does_not_see_is_not_found()
    {
        await fixture.CreateAsync("seeing");
        await fixture.CreateAsync("unseen");
        var elsewhere = await fixture.CommitAsync("unseen");

        foreach (var version in new[] { elsewhere.Value, long.MaxValue })
        {
            await RefusedAsync(
                StatusCode.NotFound,
                ErrorReason.CommitNotFound,
                () =>
                    fixture.History.GetCommitAsync(
                        new() { Name = $"projects/lab/branches/seeing/commits/{version}" },
                        fixture.Lab
                    )
            );
        }
    }
}
