namespace Dendrite.Client.Tests.Spools;

public sealed class SpoolSimulationTests
{
    private const int Steps = 800;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 8)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Each_sample_comes_once_and_in_order_whatever_breaks(int seed)
    {
        using var gateway = new SimulatedGateway(seed);
        gateway.Run(Steps, others: false);

        Assert.False(gateway.IsDisplaced);
        for (var group = 0; group < 2; group++)
        {
            var numbers = gateway.Stream.NumbersOf(group).ToArray();
            Assert.Equal(numbers.Order().Distinct(), numbers);
        }

        AssertNoneIsLost(gateway);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void None_is_lost_where_other_writers_come_between(int seed)
    {
        using var gateway = new SimulatedGateway(seed);
        gateway.Run(Steps, others: true);
        AssertNoneIsLost(gateway);
    }

    private static void AssertNoneIsLost(SimulatedGateway gateway)
    {
        var came = gateway.Stream.NumbersOf(0).Concat(gateway.Stream.NumbersOf(1)).ToHashSet();
        Assert.Empty(Enumerable.Range(0, gateway.Given).Where(number => !came.Contains(number)).Except(gateway.Lost));
    }
}
