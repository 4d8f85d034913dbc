using Dendrite.Interop.Testing;
using Grpc.Core;
using static Dendrite.Interop.Ours.Cases.Content;
using static Dendrite.Interop.Ours.ClientOnOurSide;

namespace Dendrite.Interop.Ours.Cases;

/// <summary>Calls that end before the server ends them.</summary>
internal static class CancellationCases
{
    private static readonly TimeSpan Hardly = TimeSpan.FromMilliseconds(1);

    public static async Task CancelAfterBegin(ClientOnOurSide client)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = client.Test.StreamingInputCall(Options(cancellationToken: cancellation.Token));

        await cancellation.CancelAsync();

        await EndsWith.StatusAsync(StatusCode.Cancelled, async () => await call);
    }

    public static async Task CancelAfterFirstResponse(ClientOnOurSide client)
    {
        using var cancellation = new CancellationTokenSource();
        using var call = client.Test.FullDuplexCall(Options(cancellationToken: cancellation.Token));
        await call.RequestStream.WriteAsync(Ask(31415, 27182));
        Assert.True(await call.ResponseStream.MoveNext());
        Assert.Equal(31415, call.ResponseStream.Current.Payload.Body.Length);

        await cancellation.CancelAsync();

        await EndsWith.StatusAsync(StatusCode.Cancelled, () => call.ResponseStream.MoveNext());
    }

    public static async Task TimeoutOnSleepingServer(ClientOnOurSide client)
    {
        using var call = client.Test.FullDuplexCall(Within(Hardly));
        try
        {
            await call.RequestStream.WriteAsync(new StreamingOutputCallRequest { Payload = Payload(27182) });
        }
        catch (Exception exception) when (exception is RpcException or InvalidOperationException)
        {
            // The deadline can pass before the request is written: the call's status below is what counts.
        }

        await EndsWith.StatusAsync(StatusCode.DeadlineExceeded, () => call.ResponseStream.MoveNext());
    }
}
