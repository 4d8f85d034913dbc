using Dendrite.Versioning.History;

namespace Dendrite.Versioning.Tests.History;

/// <summary>
/// <code>
/// main   1 -- 2 ------- 4
///              \
/// fork          3 -- 5
/// </code>
/// </summary>
public sealed class HistoryVerifierTests
{
    private const long Project = 7;
    private static readonly TimelineId Main = new(1);
    private static readonly TimelineId Fork = new(2);
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly List<ChainedCommit> commits = Whole();

    [Fact]
    public void A_whole_history_holds_commit_by_commit_and_at_its_ends()
    {
        var verifier = new HistoryVerifier(Project);

        Assert.All(commits, commit => Assert.Null(verifier.Verify(commit)));

        Assert.Equal(5, verifier.VerifiedCommits);
        Assert.Null(verifier.VerifyEnd(Main, new(4), commits[3].Hash));
        Assert.Null(verifier.VerifyEnd(Fork, new(5), headHash: null));
    }

    public static TheoryData<string, Func<CommitContent, CommitContent>> Tampering { get; } =
        new()
        {
            { "author", content => content with { Author = "somebody else" } },
            { "message", content => content with { Message = "nothing happened" } },
            { "time", content => content with { Time = content.Time.AddTicks(10) } },
            { "digest", content => content with { Digest = new byte[32] } },
            { "version", content => content with { Version = new(30) } },
        };

    [Theory]
    [MemberData(nameof(Tampering))]
    public void A_commit_whose_content_was_changed_does_not_hold(string what, Func<CommitContent, CommitContent> change)
    {
        Assert.NotEmpty(what);
        commits[2] = commits[2] with { Content = change(commits[2].Content) };

        Assert.Equal((2, "its hash is not that of its content"), Break(commits));
    }

    [Fact]
    public void The_same_commits_of_another_project_do_not_hold()
    {
        Assert.Contains("not that of its content", new HistoryVerifier(8).Verify(commits[0]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_that_was_changed_with_its_hash_breaks_the_one_after_it_and_its_forks()
    {
        var content = commits[1].Content with { Message = "rewritten" };
        commits[1] = commits[1] with
        {
            Content = content,
            Hash = CommitHash.Compute(commits[1].ParentHash, Project, content),
        };
        commits[2] = commits[2] with { ForkHash = commits[1].Hash };

        Assert.Equal(
            (2, "its parent hash is not the hash of the commit that its timeline was forked at"),
            Break(commits)
        );
        commits.RemoveAll(commit => commit.Content.Timeline == Fork);
        Assert.Equal((2, "its parent hash is not the hash of commit 2"), Break(commits));
    }

    [Fact]
    public void A_commit_that_is_missing_is_missed_by_the_one_after_it()
    {
        commits.RemoveAt(1);

        Assert.Equal((2, "its parent is version 2, and the commit before it is 1"), Break(commits));
    }

    [Fact]
    public void A_first_commit_that_names_a_parent_of_its_timeline_lost_it()
    {
        Assert.Equal((0, "its parent is version 1, and no commit comes before it"), Break(commits[1..]));
    }

    [Fact]
    public void A_fork_of_a_commit_that_is_gone_says_so()
    {
        commits[2] = commits[2] with { ForkHash = null };

        Assert.Equal((2, "the commit that its timeline was forked at is missing"), Break(commits));
    }

    [Fact]
    public void What_was_cut_off_the_end_is_missed_and_another_head_is_noticed()
    {
        var verifier = new HistoryVerifier(Project);
        Assert.All(commits[..4], commit => Assert.Null(verifier.Verify(commit)));

        Assert.Equal("it is seen, and missing", verifier.VerifyEnd(Fork, new(5), commits[4].Hash));
        Assert.Equal("it is seen, and missing", verifier.VerifyEnd(new(3), new(6), headHash: null));
        Assert.Contains("its timeline keeps", verifier.VerifyEnd(Main, new(4), new byte[32]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_commit_that_does_not_hold_is_not_counted_and_nothing_is_built_on_it()
    {
        var verifier = new HistoryVerifier(Project);
        Assert.Null(verifier.Verify(commits[0]));

        Assert.NotNull(verifier.Verify(commits[1] with { Hash = new byte[32] }));
        Assert.Equal(1, verifier.VerifiedCommits);
        Assert.Null(verifier.Verify(commits[1]));
    }

    /// <summary>The place of the first commit that does not hold, and how its problem begins.</summary>
    private static (int Place, string Problem) Break(IReadOnlyList<ChainedCommit> commits)
    {
        var verifier = new HistoryVerifier(Project);
        for (var i = 0; i < commits.Count; i++)
        {
            if (verifier.Verify(commits[i]) is { } problem)
            {
                return (i, problem.Split([":", " in its timeline"], StringSplitOptions.None)[0]);
            }
        }

        return (-1, "");
    }

    private static List<ChainedCommit> Whole()
    {
        var first = Commit(Main, 1, 0, CommitHash.Genesis.ToArray(), CommitHash.Genesis.ToArray());
        var second = Commit(Main, 2, 1, first.Hash, first.ForkHash);
        var third = Commit(Fork, 3, 0, second.Hash, second.Hash);
        var fourth = Commit(Main, 4, 2, second.Hash, first.ForkHash);
        return [first, second, third, fourth, Commit(Fork, 5, 3, third.Hash, second.Hash)];
    }

    private static ChainedCommit Commit(TimelineId line, long version, long parent, byte[] parentHash, byte[]? fork)
    {
        var digest = Enumerable.Repeat((byte)version, 32).ToArray();
        var content = new CommitContent(
            line,
            new(version),
            Noon.AddSeconds(version),
            "ada",
            $"commit {version}",
            digest
        );
        return new(content, new(parent), parentHash, CommitHash.Compute(parentHash, Project, content), fork);
    }
}
