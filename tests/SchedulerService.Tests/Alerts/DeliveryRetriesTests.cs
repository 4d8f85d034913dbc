using Dendrite.SchedulerService.Alerts;

namespace Dendrite.SchedulerService.Tests.Alerts;

public sealed class DeliveryRetriesTests
{
    [Theory]
    [InlineData(1, null, 10)]
    [InlineData(2, null, 20)]
    [InlineData(5, null, 160)]
    [InlineData(9, null, 2_560)]
    [InlineData(10, null, 3_600)]
    [InlineData(11, null, 3_600)]
    [InlineData(12, null, null)]
    [InlineData(1, 5, 10)]
    [InlineData(1, 120, 120)]
    [InlineData(1, 86_400, 3_600)]
    public void Each_wait_is_twice_the_one_before_and_the_receiver_may_ask_for_more(
        int attempt,
        int? askedSeconds,
        int? expectedSeconds
    )
    {
        TimeSpan? asked = askedSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

        Assert.Equal(expectedSeconds, (int?)DeliveryRetries.Next(new AlertOptions(), attempt, asked)?.TotalSeconds);
    }
}
