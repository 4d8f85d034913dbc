using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;

namespace Dendrite.Benchmarks.Tests;

public sealed class ContestTests
{
    [Fact]
    public async Task Contenders_take_turns_in_the_measured_rounds()
    {
        var turns = new List<string>();
        var contest = new Contest(Rounds: 3, Round: TimeSpan.Zero, WarmUp: TimeSpan.Zero);

        await contest.RunAsync(Noting("ours", turns), Noting("theirs", turns), TestContext.Current.CancellationToken);

        // One turn of each is the warm-up.
        Assert.Equal(["ours", "theirs", "ours", "theirs", "ours", "theirs", "ours", "theirs"], turns);
    }

    [Fact]
    public void A_median_is_the_middle_round_or_the_mean_of_the_two_in_the_middle()
    {
        Assert.Equal(3, new Series([100, 3, 1]).Median);
        Assert.Equal(2.5, new Series([4, 1, 2, 3]).Median);
        Assert.Equal((10, 40), (new Series([4, 1]).Times(10).Minimum, new Series([4, 1]).Times(10).Maximum));
    }

    [Fact]
    public void An_aim_is_met_on_its_own_side_and_exactly()
    {
        Assert.True(Aim.AtLeast(10).IsMetBy(10));
        Assert.False(Aim.AtLeast(10).IsMetBy(9.9));
        Assert.True(Aim.AtMost(10).IsMetBy(10));
        Assert.False(Aim.AtMost(10).IsMetBy(10.1));
        Assert.Equal((">= 10", "<= 0.5"), (Aim.AtLeast(10).ToString(), Aim.AtMost(0.5).ToString()));
    }

    private static Contender Noting(string name, List<string> turns) =>
        new(
            name,
            _ =>
            {
                turns.Add(name);
                return Task.CompletedTask;
            }
        );
}
