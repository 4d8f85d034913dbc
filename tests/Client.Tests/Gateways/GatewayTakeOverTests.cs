using Dendrite.Client.Gateways;
using Dendrite.Errors;

namespace Dendrite.Client.Tests.Gateways;

public sealed class GatewayTakeOverTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly TestDevice device = new();

    public void Dispose() => device.Dispose();

    [Fact]
    public async Task Who_takes_over_from_itself_and_does_not_hear_of_it_sends_nothing_twice()
    {
        await using var platform = await FakePlatform.StartAsync();
        using var killed = new TempDirectory();
        await using (var first = platform.Connection.OpenGateway(device.Options))
        {
            await TestDevice.WriteAsync(first, 300);
            await Eventually.HoldsAsync(() => first.Progress.DurableSample == 300, "all is durable");
            foreach (var file in device.Spool.Files("*.spool").Concat(device.Spool.Files("*.json")))
            {
                File.Copy(file, Path.Combine(killed.Path, Path.GetFileName(file)));
            }
        }

        var asked = new HashSet<string>();
        var isLost = true;
        platform.Ingest.Fault = (_, request) =>
        {
            if (request.Open is not { } open)
            {
                return null;
            }

            // As the service does: who asks again gets no other epoch.
            platform.Ingest.Epoch += open.RequestId.Length == 0 || asked.Add(open.RequestId) ? 1 : 0;
            return isLost && !(isLost = false) ? new(ErrorReason.Unavailable, "away before it answered") : null;
        };
        var options = device.Options with { SpoolDirectory = killed.Path, TakeOver = true };
        await using var back = platform.Connection.OpenGateway(options);
        await TestDevice.WriteAsync(back, 400);
        await back.CompleteAsync(finish: false, Token).WaitAsync(TestDevice.Patience, Token);

        TestDevice.AssertStored(platform.Ingest, 400);
        Assert.Equal(3, platform.Ingest.Opens.Count);
        Assert.Empty(device.Events.OfType<Displaced>());
    }
}
