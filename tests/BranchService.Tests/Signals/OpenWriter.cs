using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.BranchService.Tests.Signals;

/// <summary>A gateway that has a stream open.</summary>
public sealed class OpenWriter(AsyncDuplexStreamingCall<V1.AppendRequest, V1.AppendResponse> call) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Where the stream stood when it was opened.</summary>
    public long NextSample { get; private set; }

    public Task SendAsync(V1.AppendRequest request) => call.RequestStream.WriteAsync(request).WaitAsync(Patience);

    public async Task HearOpenedAsync() => NextSample = (await HearAsync()).Opened.NextSample;

    /// <summary>Waits until everything before a sample is durable.</summary>
    public async Task HearUntilAsync(long throughSample)
    {
        while ((await HearAsync()).Acked.ThroughSample < throughSample) { }
    }

    /// <returns>How far the stream reaches.</returns>
    public async Task<long> CloseAsync(bool finish = false)
    {
        await SendAsync(new() { Close = new() { Finish = finish } });
        while (true)
        {
            if ((await HearAsync()).Closed is { } closed)
            {
                return closed.ThroughSample;
            }
        }
    }

    /// <summary>Why the service ended the call.</summary>
    public async Task<ErrorReason?> HearFailureAsync()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await call.ResponseStream.MoveNext(default).WaitAsync(Patience)) { }
        });
        return ErrorStatus.FromRpcException(failure)?.Reason;
    }

    public void Dispose() => call.Dispose();

    private async Task<V1.AppendResponse> HearAsync()
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Patience), "the call ended");
        return call.ResponseStream.Current;
    }
}
