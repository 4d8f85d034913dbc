using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.BranchService.Tests;

/// <summary>Rows are tampered with behind the service's back, as its superuser could.</summary>
public sealed class VerifyHistoryTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_whole_history_holds_across_forks_merges_and_resets()
    {
        await fixture.CreateAsync("whole");
        var first = await fixture.CommitAsync("whole");
        await fixture.CommitAsync("whole");
        var child = await fixture.CreateAsync("whole-child", new() { Branch = "projects/lab/branches/whole" });
        await fixture.CommitAsync("whole-child");
        await fixture.MergeAsync("whole-child", "whole");
        await fixture.Branches.ResetBranchAsync(
            new()
            {
                Name = child.Name,
                Point = new() { Version = first.Value },
            },
            fixture.Lab
        );
        await fixture.CommitAsync("whole-child");

        Assert.Equal((4, null), await VerifyAsync("whole"));
        Assert.Equal((2, null), await VerifyAsync("whole-child"));
        Assert.Equal((0, null), await VerifyAsync("main"));
    }

    [Fact]
    public async Task Progress_is_told_page_by_page_of_a_long_history()
    {
        await fixture.CreateAsync("long");
        var write = await fixture.OpenAsync("long");
        for (var i = 0; i < 1_001; i++)
        {
            await write("");
        }

        var messages = await MessagesAsync("long");

        Assert.Equal([1_000, 1_001], messages.Select(message => message.VerifiedCommits));
        Assert.Equal([false, true], messages.Select(message => message.Done));
    }

    [Theory]
    [InlineData("message = 'nothing happened'", "content")]
    [InlineData("author = 'somebody else'", "content")]
    [InlineData("commit_time = commit_time + interval '1 microsecond'", "content")]
    [InlineData("digest = sha256('other data')", "content")]
    [InlineData("hash = sha256('ab')", "content")]
    [InlineData("parent_hash = sha256('a')", "parent hash")]
    [InlineData("parent_version = 0", "parent is version 0")]
    public async Task A_commit_that_was_changed_is_named(string change, string problem)
    {
        var branch = $"changed-{change.Length}";
        await fixture.CreateAsync(branch);
        await fixture.CommitAsync(branch);
        var middle = await fixture.CommitAsync(branch);
        await fixture.CommitAsync(branch);

        await TamperAsync($"UPDATE branching.commit SET {change} WHERE version = {middle}");

        await BreaksAsync(branch, 1, middle.Value, problem);
    }

    [Fact]
    public async Task A_commit_that_was_changed_with_its_hash_breaks_the_next_one()
    {
        await fixture.CreateAsync("rehashed");
        var first = await fixture.CommitAsync("rehashed");
        var second = await fixture.CommitAsync("rehashed");

        await TamperAsync(
            $"""
            UPDATE branching.commit SET message = 'x', hash = branching.commit_hash(
                parent_hash, project_id, timeline_id, version, commit_time, author, 'x', digest)
            WHERE version = {first}
            """
        );

        await BreaksAsync("rehashed", 1, second.Value, $"not the hash of commit {first}");
    }

    [Fact]
    public async Task The_last_commit_changed_with_its_hash_is_not_the_head_that_the_timeline_keeps()
    {
        await fixture.CreateAsync("last");
        var only = await fixture.CommitAsync("last");

        await TamperAsync(
            $"""
            UPDATE branching.commit SET message = 'x', hash = branching.commit_hash(
                parent_hash, project_id, timeline_id, version, commit_time, author, 'x', digest)
            WHERE version = {only}
            """
        );

        await BreaksAsync("last", 1, only.Value, "head");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_branch_that_was_made_to_see_less_than_it_was_forked_at_misses_that(int commits)
    {
        var (parent, child) = ($"whole-{commits}", $"shortened-{commits}");
        await fixture.CreateAsync(parent);
        var first = await fixture.CommitAsync(parent);
        var second = await fixture.CommitAsync(parent);
        await fixture.CreateAsync(child, new() { Branch = $"projects/lab/branches/{parent}" });
        for (var i = 0; i < commits; i++)
        {
            await fixture.CommitAsync(child);
        }

        await TamperAsync(
            $"""
            UPDATE branching.vector_entry SET through_version = {first}
            WHERE through_version = {second}
                AND timeline_id = (SELECT timeline_id FROM branching.branch WHERE name = '{child}')
            """
        );

        await BreaksAsync(child, 1 + commits, second.Value, "forked at it, and it is seen no more");
    }

    [Fact]
    public async Task A_commit_that_was_taken_away_is_missed_wherever_it_stood()
    {
        await fixture.CreateAsync("robbed");
        var first = await fixture.CommitAsync("robbed");
        var fork = await fixture.CreateAsync("of-robbed", new() { Branch = "projects/lab/branches/robbed" });
        var own = await fixture.CommitAsync("of-robbed");
        var middle = await fixture.CommitAsync("robbed");
        var last = await fixture.CommitAsync("robbed");

        await TamperAsync($"DELETE FROM branching.commit WHERE version = {last}");
        await BreaksAsync("robbed", 2, last.Value, "missing");
        await TamperAsync($"DELETE FROM branching.commit WHERE version = {middle}");
        await BreaksAsync("robbed", 1, last.Value, "missing");
        await TamperAsync($"DELETE FROM branching.commit WHERE version = {first}");
        await BreaksAsync(fork.Name.Split('/')[^1], 0, own.Value, "forked at is missing");
    }

    private async Task TamperAsync(string sql) => await fixture.AsOwnerAsync(sql);

    private async Task BreaksAsync(string branch, long verified, long version, string problem)
    {
        var end = (await MessagesAsync(branch))[^1];
        Assert.NotNull(end.HistoryBreak);
        Assert.Equal((verified, $"{version}"), (end.VerifiedCommits, end.HistoryBreak.Commit.Split('/')[^1]));
        Assert.Contains(problem, end.HistoryBreak.Problem, StringComparison.Ordinal);
        Assert.True(end.Done);
    }

    private async Task<(long, HistoryBreak?)> VerifyAsync(string branch)
    {
        var end = (await MessagesAsync(branch))[^1];
        return (end.VerifiedCommits, end.HistoryBreak);
    }

    private async Task<List<VerifyHistoryResponse>> MessagesAsync(string branch)
    {
        var request = new VerifyHistoryRequest { Parent = $"projects/lab/branches/{branch}" };
        using var call = fixture.History.VerifyHistory(request, fixture.Lab);
        var messages = new List<VerifyHistoryResponse>();
        await foreach (var message in call.ResponseStream.ReadAllAsync())
        {
            messages.Add(message);
        }

        return messages;
    }
}
