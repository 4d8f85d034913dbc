namespace Dendrite.Versioning.Tests;

public sealed class SnapshotTests
{
    private static readonly TimelineId Main = new(1);
    private static readonly TimelineId Trial = new(2);

    [Fact]
    public void A_fork_sees_its_parent_up_to_the_fork_and_then_its_own_rows()
    {
        var main = Of((Main, 5));

        var trial = main.Fork(Main, new(2)).Advance(Trial, new(3)).Advance(Trial, new(4));

        Assert.Equal("{1:2, 2:4}", trial.ToString());
        Assert.Equal(Of((Main, 2)), Snapshot.Base(main, trial));
        Assert.Equal(Of((Main, 5), (Trial, 4)), Snapshot.Union(main, trial));
        Assert.Equal(SnapshotOrder.Diverged, Snapshot.Compare(main, trial));
    }

    [Fact]
    public void A_fork_cannot_be_ahead_of_its_parent() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Of((Main, 5)).Fork(Main, new(6)));

    [Fact]
    public void A_commit_only_moves_forward()
    {
        var main = Of((Main, 5));

        Assert.Throws<ArgumentOutOfRangeException>(() => main.Advance(Main, new(5)));
        Assert.Equal(new CommitVersion(5), main[Main]);
    }

    [Fact]
    public void A_version_of_zero_shows_nothing_and_is_not_kept()
    {
        Assert.Same(Snapshot.Empty, Of((Main, 0)));
        Assert.Equal(Snapshot.Empty, Of((Main, 5)).ClipTo(Main, CommitVersion.Zero));
        Assert.Equal(CommitVersion.Zero, Snapshot.Empty[Main]);
    }

    [Fact]
    public void Entries_that_contradict_each_other_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Of((Main, 1), (Main, 2)));
        Assert.Throws<ArgumentException>(() => Of((Main, -1)));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1.0")]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("9223372036854775808")]
    public void A_version_is_a_plain_number_from_one(string? text)
    {
        Assert.False(CommitVersion.TryParse(text, out _));
        Assert.False(TimelineId.TryParse(text, out _));
    }

    [Fact]
    public void Ids_print_what_they_parse()
    {
        Assert.Equal("9223372036854775807", CommitVersion.Parse("9223372036854775807").ToString());
        Assert.Equal("17", TimelineId.Parse("17").ToString());
        Assert.Contains("'x'", Assert.Throws<FormatException>(() => CommitVersion.Parse("x")).Message);
    }

    private static Snapshot Of(params (TimelineId Timeline, long Through)[] entries) =>
        Snapshot.Of(entries.Select(entry => new SnapshotEntry(entry.Timeline, new(entry.Through))));
}
