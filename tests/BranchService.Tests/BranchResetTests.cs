using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;
using static Dendrite.BranchService.Tests.BranchServiceFixture;

namespace Dendrite.BranchService.Tests;

public sealed class BranchResetTests(BranchServiceFixture fixture) : IClassFixture<BranchServiceFixture>
{
    [Fact]
    public async Task A_reset_takes_a_branch_back_and_is_undone_by_another()
    {
        var name = (await fixture.CreateAsync("there-and-back")).Name;
        var first = await fixture.CommitAsync("there-and-back", "first");
        var second = await fixture.CommitAsync("there-and-back", "second");

        var back = await ResetAsync(name, new() { Version = first.Value });
        Assert.Equal((first.Value, second.Value), (back.Branch.HeadVersion, back.PreviousVersion));
        Assert.Equal(["first"], await LogAsync(name));
        var third = await fixture.CommitAsync("there-and-back", "third");
        Assert.Equal(["third", "first"], await LogAsync(name));

        var undone = await ResetAsync(name, new() { Version = back.PreviousVersion });
        Assert.Equal((second.Value, third.Value), (undone.Branch.HeadVersion, undone.PreviousVersion));
        Assert.Equal(["second", "first"], await LogAsync(name));
        await fixture.CommitAsync("there-and-back", "fourth");
        Assert.Equal(["fourth", "second", "first"], await LogAsync(name));
        Assert.Equal(["fourth", "second", "first"], await LogAsync(name, ownOnly: true));

        await ResetAsync(name, new() { Version = third.Value });
        Assert.Equal(["third", "first"], await LogAsync(name));
    }

    [Fact]
    public async Task A_branch_is_reset_to_a_tag_and_to_an_instant()
    {
        var name = (await fixture.CreateAsync("pointed")).Name;
        await fixture.CommitAsync("pointed", "first");
        var tag = await fixture.TagAsync("point-one", new() { Branch = name });
        var instant = (await fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)).Branch.HeadTime;
        await fixture.CommitAsync("pointed", "second");

        await ResetAsync(name, new() { Tag = tag.Name });
        Assert.Equal(["first"], await LogAsync(name));
        await fixture.CommitAsync("pointed", "third");
        await ResetAsync(name, new() { Instant = instant });
        Assert.Equal(["first"], await LogAsync(name));
    }

    [Fact]
    public async Task Who_has_the_branch_open_is_told_to_open_it_again()
    {
        var name = (await fixture.CreateAsync("reopened")).Name;
        var first = await fixture.CommitAsync("reopened");
        var write = await fixture.OpenAsync("reopened");
        await write("second");

        await ResetAsync(name, new() { Version = first.Value });

        var refusal = await Assert.ThrowsAsync<DendriteException>(() => write("third"));
        Assert.Equal(ErrorReason.BranchNotWritable, refusal.Reason);
        Assert.Contains("open it again", refusal.Message, StringComparison.Ordinal);
        await (await fixture.OpenAsync("reopened"))("third");
    }

    [Fact]
    public async Task Forks_and_tags_of_what_was_left_behind_keep_it()
    {
        var name = (await fixture.CreateAsync("left")).Name;
        var first = await fixture.CommitAsync("left", "first");
        await fixture.CommitAsync("left", "second");
        var fork = await fixture.CreateAsync("of-left", new() { Branch = name });
        var tag = await fixture.TagAsync("left-tag", new() { Branch = name });

        await ResetAsync(name, new() { Version = first.Value });

        Assert.Equal(["second", "first"], await LogAsync(fork.Name));
        Assert.Equal(["second", "first"], await LogAsync(name, at: new() { Tag = tag.Name }));
    }

    [Fact]
    public async Task A_repeated_reset_is_answered_with_the_same_previous_version()
    {
        var name = (await fixture.CreateAsync("reset-twice")).Name;
        var first = await fixture.CommitAsync("reset-twice");
        await fixture.CommitAsync("reset-twice");
        var request = new ResetBranchRequest
        {
            Name = name,
            Point = new() { Version = first.Value },
            RequestId = "77777777-2222-4333-8444-555555555555",
            Message = "a bad electrode",
        };

        var once = await fixture.Branches.ResetBranchAsync(request, fixture.Lab);

        Assert.Equal(once, await fixture.Branches.ResetBranchAsync(request, fixture.Lab));
        var message = await fixture.AsOwnerAsync(
            $"SELECT detail ->> 'message' FROM branching.audit_entry WHERE request_id = '{request.RequestId}'"
        );
        Assert.Equal("a bad electrode", message);
    }

    [Fact]
    public async Task A_state_that_the_branch_never_had_is_refused_and_nothing_is_done()
    {
        var name = (await fixture.CreateAsync("faithful")).Name;
        await fixture.CommitAsync("faithful");
        await fixture.CreateAsync("another");
        var elsewhere = await fixture.CommitAsync("another");
        var before = (await fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)).Branch;

        foreach (var version in new[] { elsewhere.Value, long.MaxValue })
        {
            await RefusedAsync(
                StatusCode.NotFound,
                ErrorReason.CommitNotFound,
                () =>
                    fixture.Branches.ResetBranchAsync(
                        new()
                        {
                            Name = name,
                            Point = new() { Version = version },
                        },
                        fixture.Lab
                    )
            );
        }

        Assert.Equal(before, (await fixture.Branches.GetBranchAsync(new() { Name = name }, fixture.Lab)).Branch);
        await fixture.CommitAsync("faithful");
    }

    [Fact]
    public async Task A_tag_of_a_state_that_the_branch_never_had_is_refused_and_one_of_before_its_fork_is_not()
    {
        var parent = (await fixture.CreateAsync("tagged-parent")).Name;
        await fixture.CommitAsync("tagged-parent", "first");
        var early = await fixture.TagAsync("tagged-early", new() { Branch = parent });
        var left = await fixture.CommitAsync("tagged-parent", "second");
        var name = (await fixture.CreateAsync("tagged-child", new() { Branch = parent })).Name;
        await fixture.CommitAsync("tagged-child", "own");
        await fixture.CommitAsync("tagged-parent", "third");
        var late = await fixture.TagAsync("tagged-late", new() { Branch = parent });

        var refusal = await RefusedAsync(
            StatusCode.InvalidArgument,
            ErrorReason.InvalidArgument,
            () =>
                fixture.Branches.ResetBranchAsync(
                    new()
                    {
                        Name = name,
                        Point = new() { Tag = late.Name },
                    },
                    fixture.Lab
                )
        );

        Assert.Equal("point.tag", Assert.Single(refusal.FieldViolations).Field);
        Assert.Equal(["own", "second", "first"], await LogAsync(name));
        await ResetAsync(name, new() { Tag = early.Name });
        Assert.Equal(["first"], await LogAsync(name));
        await ResetAsync(parent, new() { Version = left.Value });
        // Of a line that a reset left behind, and which the branch had.
        await ResetAsync(parent, new() { Tag = late.Name });
        Assert.Equal(["third", "second", "first"], await LogAsync(parent));
    }

    [Fact]
    public async Task Of_many_resets_and_writes_at_once_each_leaves_one_whole_state()
    {
        var name = (await fixture.CreateAsync("contended")).Name;
        var first = await fixture.CommitAsync("contended", "first");
        await fixture.CommitAsync("contended", "second");

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async i =>
                {
                    try
                    {
                        if (i % 2 == 0)
                        {
                            await ResetAsync(name, new() { Version = first.Value });
                        }
                        else
                        {
                            await fixture.CommitAsync("contended", "more");
                        }
                    }
                    catch (RpcException busy) when (busy.StatusCode == StatusCode.Unavailable) { }
                    catch (DendriteException sealedNow) when (sealedNow.Reason == ErrorReason.BranchNotWritable) { }
                })
        );

        var open = await fixture.AsOwnerAsync(
            """
            SELECT count(*) FROM branching.timeline t JOIN branching.branch b USING (project_id, branch_id)
            WHERE b.name = 'contended' AND t.seal IS NULL AND t.timeline_id = b.timeline_id
            """
        );
        Assert.Equal(1L, open);
        Assert.Equal("first", (await LogAsync(name))[^1]);
    }

    private async Task<ResetBranchResponse> ResetAsync(string name, SnapshotPoint point) =>
        await fixture.Branches.ResetBranchAsync(new() { Name = name, Point = point }, fixture.Lab);

    private async Task<List<string>> LogAsync(string name, bool ownOnly = false, SnapshotPoint? at = null)
    {
        var request = new ListCommitsRequest
        {
            Parent = name,
            OwnOnly = ownOnly,
            At = at,
        };
        var log = await fixture.History.ListCommitsAsync(request, fixture.Lab);
        return [.. log.Commits.Select(commit => commit.Message)];
    }
}
