using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.IngestService.Tests;

/// <summary>A gateway that speaks the protocol message by message, right or wrong.</summary>
internal sealed class Gateway(AsyncDuplexStreamingCall<V1.AppendRequest, V1.AppendResponse> call) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Gateway Connect(IngestFixture fixture) => new(fixture.Ingest.Append(IngestFixture.Options));

    /// <summary>Opens a stream, making it where it does not exist.</summary>
    public static async Task<(Gateway Gateway, V1.AppendOpened Opened)> OpenAsync(
        IngestFixture fixture,
        string stream,
        V1.SignalStream? descriptor = null
    )
    {
        var gateway = Connect(fixture);
        return (gateway, await gateway.OpenAsync(stream, descriptor ?? Recording.Descriptor()));
    }

    public async Task<V1.AppendOpened> OpenAsync(string stream, V1.SignalStream descriptor)
    {
        await SendAsync(
            new V1.AppendRequest
            {
                Open = new()
                {
                    Stream = stream,
                    Descriptor_ = descriptor,
                    CreateIfMissing = true,
                },
            }
        );
        return (await HearAsync()).Opened;
    }

    public Task SendAsync(V1.AppendRequest request) => call.RequestStream.WriteAsync(request).WaitAsync(Patience);

    public Task SendAsync(V1.SampleBlock block) => SendAsync(new V1.AppendRequest { Block = block });

    public async Task<V1.AppendResponse> HearAsync()
    {
        Assert.True(await call.ResponseStream.MoveNext(default).WaitAsync(Patience), "the call ended");
        return call.ResponseStream.Current;
    }

    /// <summary>Acknowledgements up to the one that says the sample.</summary>
    public async Task<IReadOnlyList<V1.AppendAcked>> HearUntilAsync(long throughSample)
    {
        List<V1.AppendAcked> heard = [];
        do
        {
            heard.Add((await HearAsync()).Acked);
        } while (heard[^1].ThroughSample < throughSample);

        return heard;
    }

    public async Task<V1.AppendClosed> CloseAsync(bool finish = false)
    {
        await SendAsync(new V1.AppendRequest { Close = new() { Finish = finish } });
        while (true)
        {
            var response = await HearAsync();
            if (response.Closed is { } closed)
            {
                Assert.False(await call.ResponseStream.MoveNext(default).WaitAsync(Patience));
                return closed;
            }
        }
    }

    /// <summary>The client's side ends without a close.</summary>
    public Task HangUpAsync() => call.RequestStream.CompleteAsync();

    /// <summary>How the call failed, after whatever was acknowledged.</summary>
    public async Task<(StatusCode Code, ErrorReason? Reason, string Message)> HearFailureAsync()
    {
        try
        {
            while (await call.ResponseStream.MoveNext(default).WaitAsync(Patience)) { }
        }
        catch (RpcException failure)
        {
            return (failure.StatusCode, ErrorStatus.FromRpcException(failure)?.Reason, failure.Status.Detail);
        }

        return (StatusCode.OK, null, "");
    }

    public void Dispose() => call.Dispose();
}
