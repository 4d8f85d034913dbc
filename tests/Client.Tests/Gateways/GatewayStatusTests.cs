using Dendrite.Client.Gateways;

namespace Dendrite.Client.Tests.Gateways;

public sealed class GatewayStatusTests
{
    /// <summary>The call that a gateway was in when it gave up breaks a moment later.</summary>
    [Fact]
    public void A_gateway_that_gave_up_stays_so_whatever_comes_of_its_call()
    {
        using var device = new TestDevice();
        var status = new GatewayStatus(device.Options, new(null, TimeProvider.System));
        status.Become(GatewayState.Streaming);
        status.Become(GatewayState.Failed);

        status.Become(GatewayState.Spooling);

        Assert.Equal(GatewayState.Failed, status.Progress.State);
    }
}
