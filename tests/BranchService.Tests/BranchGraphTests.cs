using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchGraphTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task Ancestors_come_nearest_first_then_the_branch_then_descendants()
    {
        await fixture.CreateAsync("root");
        await ForkAsync("middle", "root");
        await ForkAsync("leaf-b", "middle");
        await ForkAsync("leaf-a", "middle");
        await ForkAsync("tip", "leaf-a");
        await ForkAsync("aside", "root");

        Assert.Equal(["root", "main", "middle", "leaf-a", "leaf-b"], await GraphAsync("middle", new()));
        Assert.Equal(
            ["root", "middle", "leaf-a", "leaf-b", "tip"],
            await GraphAsync("middle", new() { AncestorDepth = 1, DescendantDepth = 2 })
        );
        await fixture.Branches.DeleteBranchAsync(
            new() { Name = "projects/lab/branches/leaf-a", Purge = true },
            fixture.Lab
        );
        Assert.Equal(
            ["root", "middle", "leaf-b", "tip"],
            await GraphAsync("middle", new() { AncestorDepth = 1, DescendantDepth = 2 })
        );
    }

    [Fact]
    public async Task What_was_forked_from_a_purged_branch_is_reached_through_it_once_that_is_removed_too()
    {
        await fixture.CreateAsync("first");
        await ForkAsync("second", "first");
        await fixture.CommitAsync("second");
        await fixture.TagAsync("of-the-second", new() { Branch = "projects/lab/branches/second" });
        await ForkAsync("third", "second");
        await ForkAsync("fourth", "third");
        foreach (var id in new[] { "third", "second" })
        {
            await fixture.PurgeAsync(id);
            await fixture.Garbage.JudgeAsync(fixture.LabProject, new(0), 100, TimeSpan.Zero, CancellationToken.None);
            while (await fixture.Garbage.SweepAsync(fixture.LabProject, 100, CancellationToken.None) is not null) { }
        }

        await fixture.CreateAsync("fifth", new() { Point = new() { Tag = "projects/lab/tags/of-the-second" } });
        Assert.Equal(["main", "first", "fifth", "fourth"], await GraphAsync("first", new() { DescendantDepth = 3 }));
        Assert.Equal(["first", "main", "fourth"], await GraphAsync("fourth", new() { AncestorDepth = 4 }));
        Assert.Equal(["first", "fifth"], await GraphAsync("fifth", new() { AncestorDepth = 2 }));
    }

    [Fact]
    public async Task A_branch_without_commits_of_its_own_is_the_source_of_what_was_merged_from_it()
    {
        await fixture.CreateAsync("into");
        await ForkAsync("wrote", "into");
        var wrote = await fixture.CommitAsync("wrote");
        await ForkAsync("read", "wrote");
        await MergeAsync("read");
        await fixture.CommitAsync("wrote");
        await MergeAsync("wrote");

        var request = new GetBranchGraphRequest { Name = "projects/lab/branches/into", DescendantDepth = 2 };
        var graph = await fixture.Branches.GetBranchGraphAsync(request, fixture.Lab);

        var edges = graph.Merges.Select(edge => (Id(edge.Source), Id(edge.Target)));
        Assert.Equal([("read", "into"), ("wrote", "into")], edges);
        Assert.Equal(wrote.Value, graph.Merges[0].SourceVersion);
        Assert.All(["read", "wrote"], id => Assert.Single(Graph(id).Merges, edge => Id(edge.Source) == id));

        GetBranchGraphResponse Graph(string id) =>
            fixture.Branches.GetBranchGraph(new() { Name = $"projects/lab/branches/{id}" }, fixture.Lab);

        async Task MergeAsync(string id)
        {
            var pair = new MergePair { Source = $"projects/lab/branches/{id}", Target = "projects/lab/branches/into" };
            await fixture.Merges.MergeBranchAsync(new() { Pair = pair }, fixture.Lab);
        }
    }

    [Fact]
    public async Task Merges_between_branches_are_edges_and_commits_name_what_they_merged()
    {
        await fixture.CreateAsync("target");
        await ForkAsync("source", "target");
        await ForkAsync("twig", "source");
        await fixture.CommitAsync("twig", "of the twig");
        await fixture.MergeAsync("twig", "source");
        var head = await fixture.CommitAsync("source", "of the source");
        var merge = await fixture.MergeAsync("source", "target");

        var graph = await fixture.Branches.GetBranchGraphAsync(
            new() { Name = "projects/lab/branches/source" },
            fixture.Lab
        );
        var log = await fixture.History.ListCommitsAsync(
            new() { Parent = "projects/lab/branches/target", Filter = "kind = MERGE" },
            fixture.Lab
        );

        var edges = graph.Merges.Select(edge => (Id(edge.Source), Id(edge.Target)));
        Assert.Equal([("twig", "source"), ("source", "target")], edges);
        Assert.Equal((head.Value, merge.Value), (graph.Merges[1].SourceVersion, graph.Merges[1].TargetVersion));
        Assert.Equal($"projects/lab/branches/source/commits/{head}", log.Commits[0].MergedCommit);
        var all = await fixture.History.ListCommitsAsync(
            new() { Parent = "projects/lab/branches/target" },
            fixture.Lab
        );
        Assert.Contains("of the twig", all.Commits.Select(commit => commit.Message));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task However_a_graph_is_cut_into_pages_each_of_its_merges_comes_once(int size)
    {
        var word = fixture.NextWord();
        await fixture.CreateAsync($"{word}-top");
        foreach (var id in new[] { "a", "b", "c" })
        {
            await ForkAsync($"{word}-{id}", $"{word}-top");
            await fixture.CommitAsync($"{word}-{id}");
            await fixture.MergeAsync($"{word}-{id}", $"{word}-top");
        }

        await fixture.MergeAsync($"{word}-top", $"{word}-a");
        await fixture.MergeAsync($"{word}-c", $"{word}-b");
        // Not of the graph: deeper than it goes, and of a branch that is gone.
        await ForkAsync($"{word}-deep", $"{word}-a");
        await fixture.CommitAsync($"{word}-deep");
        await fixture.MergeAsync($"{word}-deep", $"{word}-top");
        await fixture.MergeAsync($"{word}-top", $"{word}-c");
        await fixture.Branches.DeleteBranchAsync(
            new() { Name = $"projects/lab/branches/{word}-c", Purge = true },
            fixture.Lab
        );
        var request = new GetBranchGraphRequest
        {
            Name = $"projects/lab/branches/{word}-top",
            AncestorDepth = 1,
            DescendantDepth = 1,
            PageSize = size,
        };
        List<string> edges = [];
        do
        {
            var page = await fixture.Branches.GetBranchGraphAsync(request, fixture.Lab);
            Assert.Subset(
                page.Branches.Select(branch => branch.Name).ToHashSet(),
                page.Merges.Select(edge => edge.Source).ToHashSet()
            );
            edges.AddRange(page.Merges.Select(edge => $"{Id(edge.Source)} {Id(edge.Target)}"));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        Assert.Equal(
            [$"{word}-a {word}-top", $"{word}-b {word}-top", $"{word}-top {word}-a"],
            edges.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Commits_of_an_absorbed_timeline_stay_in_the_log()
    {
        await fixture.CreateAsync("absorber");
        await ForkAsync("absorbed", "absorber");
        await fixture.CommitAsync("absorbed", "kept in the log");
        var merge = await fixture.MergeAsync("absorbed", "absorber");
        await fixture.AsOwnerAsync(
            $"""
            WITH line AS (
                UPDATE branching.timeline t SET absorbed_at_version = {merge},
                    absorbed_into_timeline_id = (SELECT timeline_id FROM branching.branch WHERE name = 'absorber')
                FROM branching.branch b WHERE b.name = 'absorbed' AND b.timeline_id = t.timeline_id
                RETURNING t.timeline_id
            )
            DELETE FROM branching.vector_entry e USING line WHERE e.owner_timeline_id = line.timeline_id
            """
        );

        var name = "projects/lab/branches/absorber";
        var log = (await fixture.History.ListCommitsAsync(new() { Parent = name }, fixture.Lab)).Commits;
        Assert.Equal(["merge", "kept in the log"], log.Select(commit => commit.Message));
        Assert.Equal(log[1].Name, log[0].MergedCommit);
        var found = await fixture.History.GetCommitAsync(
            new() { Name = $"{name}/commits/{log[1].Version}" },
            fixture.Lab
        );
        Assert.Equal(log[1], found.Commit);
        Assert.Single((await fixture.Branches.GetBranchGraphAsync(new() { Name = name }, fixture.Lab)).Merges);
    }

    [Fact]
    public async Task A_depth_below_zero_and_a_token_that_was_not_given_are_refused()
    {
        const string Main = "projects/lab/branches/main";
        foreach (
            var request in new GetBranchGraphRequest[]
            {
                new() { AncestorDepth = -1 },
                new() { DescendantDepth = -1 },
            }
        )
        {
            request.Name = Main;
            await RefusedAsync(
                StatusCode.InvalidArgument,
                ErrorReason.InvalidArgument,
                () => fixture.Branches.GetBranchGraphAsync(request, fixture.Lab)
            );
        }

        // Well-formed, and of this request, but no place that the server gave.
        var forged = Contracts.Paging.PageToken.Encode("1 x main", "GetBranchGraph", Main, "10", "1");
        await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidPageToken,
            () => fixture.Branches.GetBranchGraphAsync(new() { Name = Main, PageToken = forged }, fixture.Lab)
        );
    }

    private Task<Branch> ForkAsync(string id, string from) =>
        fixture.CreateAsync(id, new() { Branch = $"projects/lab/branches/{from}" });

    /// <summary>All pages, of two branches each.</summary>
    private async Task<List<string>> GraphAsync(string id, GetBranchGraphRequest request)
    {
        var ids = new List<string>();
        (request.Name, request.PageSize) = ($"projects/lab/branches/{id}", 2);
        do
        {
            var page = await fixture.Branches.GetBranchGraphAsync(request, fixture.Lab);
            ids.AddRange(page.Branches.Select(branch => Id(branch.Name)));
            request.PageToken = page.NextPageToken;
        } while (request.PageToken.Length > 0);

        return ids;
    }

    private static string Id(string name) => name.Split('/')[^1];
}
