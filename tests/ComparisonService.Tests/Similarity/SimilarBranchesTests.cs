using Dendrite.V1;
using static Dendrite.ComparisonService.Tests.Similarity.SimilarBench;

namespace Dendrite.ComparisonService.Tests.Similarity;

/// <summary>Windows across branches, tags and versions.</summary>
public sealed class SimilarBranchesTests(ComparisonFixture lab) : IClassFixture<ComparisonFixture>
{
    [Fact]
    public async Task Forks_share_what_was_measured_and_show_shared_windows_once_in_the_name_of_the_first()
    {
        var bench = new SimilarBench(lab, "forks");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(1, 10, 20, 10, 6))));
        await bench.ForkAsync("b", "a");
        await bench.RecordAsync("b", new("more", Rate, ("C3", Rhythms(2, 10, 20))));
        await bench.QueryAsync(bench.Like("a", 0));
        var kept = await bench.CountKeptAsync();

        var fork = await bench.QueryAsync(bench.Like("a", 0, bench.At("b")));
        var both = await bench.QueryAsync(bench.Like("a", 0, bench.At("a"), bench.At("b")));

        Assert.Equal((1, 2), (kept, await bench.CountKeptAsync()));
        Assert.Equal(5, fork.ScannedWindows);
        Assert.All(fork.Windows, one => Assert.StartsWith(bench.Branch("b"), one.Stream, StringComparison.Ordinal));
        Assert.Equal(5, both.ScannedWindows);
        Assert.Equal(
            [(bench.Stream("a"), 3), (bench.Stream("b", "more"), 2)],
            both.Windows.GroupBy(one => one.Stream).Select(one => (one.Key, one.Count())).Order()
        );
    }

    [Fact]
    public async Task Shared_windows_are_shown_once_also_where_a_fork_goes_on_with_the_recording()
    {
        var bench = new SimilarBench(lab, "on");
        await bench.ForkAsync("a");
        await lab.Recorder.AppendFloatsAsync("on-a", "eeg", Floats(10, 10, 20, 10));
        await bench.ForkAsync("b", "a");
        await lab.Recorder.AppendFloatsAsync("on-b", "eeg", Floats(11, 10, 20));
        var request = bench.Like("a", 0, bench.At("a"), bench.At("b"));
        request.Channel = "LFP";

        var measured = await bench.QueryAsync(request);
        var kept = await bench.QueryAsync(request);

        Assert.Equal(
            [(bench.Branch("a"), 2), (bench.Branch("b"), 2)],
            measured
                .Windows.GroupBy(one => one.Stream[..^"/streams/eeg".Length])
                .Select(one => (one.Key, one.Count()))
                .Order()
        );
        Assert.Equal(measured, kept);

        static float[] Floats(int seed, params double[] rhythms) =>
            [.. Rhythms(seed, rhythms).Select(value => (float)value)];
    }

    [Fact]
    public async Task A_tag_and_a_version_show_what_was_there_then()
    {
        var bench = new SimilarBench(lab, "then");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(3, 10, 20))));
        await bench.TagAsync("early", "a");
        var early = (await lab.Branches.GetBranchAsync(new() { Name = bench.Branch("a") }, lab.Key)).Branch.HeadVersion;
        await bench.RecordAsync("a", new("later", Rate, ("C3", Rhythms(4, 10, 20, 10))));

        var now = await bench.QueryAsync(bench.Like("a", 0));
        var tagged = await bench.QueryAsync(
            bench.Like("a", 0, new SnapshotReference { Point = bench.At("a", tag: "early").Point })
        );
        var versioned = await bench.QueryAsync(bench.Like("a", 0, bench.At("a", version: early)));

        Assert.Equal((4, 1, 1), (now.ScannedWindows, tagged.ScannedWindows, versioned.ScannedWindows));
        Assert.Equal("then-a/eeg/C3 500-1000", Describe(tagged.Windows.Single()));
        Assert.Equal("then-a/eeg/C3 500-1000", Describe(versioned.Windows.Single()));
    }

    [Fact]
    public async Task The_given_window_is_read_where_it_is_said_although_it_is_hidden_since()
    {
        var bench = new SimilarBench(lab, "hidden");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(5, 10, 20, 10)), ("C4", Rhythms(6, 10, 20, 10))));
        await bench.TagAsync("whole", "a");
        await bench.QueryAsync(bench.Like("a", 0));
        await lab.Recorder.MaskAsync("hidden-a", "eeg", 10, 600, "C3");
        var request = bench.Like("a", 0, bench.At("a"));
        request.At = bench.At("a", tag: "whole").Point;

        var answer = await bench.QueryAsync(request);

        Assert.Equal(
            [
                "hidden-a/eeg/C3 1000-1500",
                "hidden-a/eeg/C4 0-500",
                "hidden-a/eeg/C4 1000-1500",
                "hidden-a/eeg/C4 500-1000",
            ],
            answer.Windows.Select(Describe).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task An_empty_branch_has_no_windows_and_that_is_all_there_is()
    {
        var bench = new SimilarBench(lab, "empty");
        await bench.ForkAsync("a");
        await bench.ForkAsync("bare");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(7, 10))));

        var bare = await bench.QueryAsync(bench.Like("a", 0, bench.At("bare")));
        var alone = await bench.QueryAsync(bench.Like("a", 0));

        Assert.Equal((true, 0, 0), (bare.Complete, bare.ScannedWindows, bare.Windows.Count));
        Assert.Equal((true, 0, 0), (alone.Complete, alone.ScannedWindows, alone.Windows.Count));
        Assert.Equal("", alone.NextPageToken);
    }

    [Fact]
    public async Task What_nobody_has_asked_for_in_a_month_goes()
    {
        var bench = new SimilarBench(lab, "month");
        await bench.ForkAsync("a");
        await bench.RecordAsync("a", new("eeg", Rate, ("C3", Rhythms(8, 10, 20))));
        await bench.RecordAsync("a", new("old", Rate, ("C3", Rhythms(9, 10, 20))));
        await bench.QueryAsync(bench.Like("a", 0));
        Assert.Equal(2, await bench.CountKeptAsync());
        await using var age = lab.Database.Owner.CreateCommand(
            "UPDATE comparison.window_shape SET used_on = current_date - 31"
        );
        await age.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var request = bench.Like("a", 0);
        request.StreamFilter = "stream_id = eeg";

        var answer = await bench.QueryAsync(request);

        Assert.Equal(1, answer.ScannedWindows);
        Assert.Equal(1, await bench.CountKeptAsync());
    }
}
