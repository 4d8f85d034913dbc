using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Grpc.Core;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>One who follows a stream, and knows what should come next.</summary>
internal sealed class TailClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource leaving = new();
    private readonly AsyncServerStreamingCall<V1.TailResponse> call;

    private TailClient(V1.QueryService.QueryServiceClient query, V1.TailRequest request) =>
        call = query.Tail(request, IngestFixture.Options.WithCancellationToken(leaving.Token));

    /// <summary>Index of the sample that comes next.</summary>
    public long Next { get; private set; }

    public V1.SampleHeader Header { get; private set; } = new();

    /// <summary>What came besides headers and chunks, in order.</summary>
    public List<V1.TailResponse> Others { get; } = [];

    /// <summary>Starts to follow, and hears the header: what is appended from now on comes.</summary>
    public static async Task<TailClient> OpenAsync(
        IngestFixture fixture,
        string stream,
        Action<V1.TailRequest>? ask = null,
        V1.QueryService.QueryServiceClient? at = null
    )
    {
        var request = new V1.TailRequest { Stream = stream };
        ask?.Invoke(request);
        var client = new TailClient(at ?? fixture.Query, request);
        Assert.Equal(V1.TailResponse.MessageOneofCase.Header, (await client.HearAsync())!.MessageCase);
        return client;
    }

    /// <summary>A call that is to be refused.</summary>
    public static async Task RefusedAsync(IngestFixture fixture, V1.TailRequest request)
    {
        using var client = new TailClient(fixture.Query, request);
        await client.HearAsync();
    }

    /// <summary>
    /// The next message; null at the end. A chunk must go on where the one before ended, with the recording's samples.
    /// </summary>
    public async Task<V1.TailResponse?> HearAsync()
    {
        if (await HearRawAsync() is not { } message)
        {
            return null;
        }

        switch (message.MessageCase)
        {
            case V1.TailResponse.MessageOneofCase.Header:
                Header = message.Header;
                Next = Header.Range.StartSample;
                break;
            case V1.TailResponse.MessageOneofCase.Chunk:
                var (first, count) = (message.Chunk.FirstSample, message.Chunk.SampleCount);
                Assert.Equal(Next, first);
                if (Header.Format == V1.SampleFormat.Stored && Header.Channels.Count == Recording.Channels)
                {
                    Assert.Equal(Recording.Samples(first, count), message.Chunk.Data.ToByteArray());
                }

                Next += count;
                break;
            default:
                Others.Add(message);
                Next = (message.Gap?.Range ?? message.Skipped)?.EndSample ?? Next;
                break;
        }

        return message;
    }

    /// <summary>The next message, whatever it is; null at the end.</summary>
    public async Task<V1.TailResponse?> HearRawAsync() =>
        await call.ResponseStream.MoveNext(default).WaitAsync(Patience) ? call.ResponseStream.Current : null;

    /// <summary>Hears until everything before the sample came.</summary>
    public async Task HearUntilAsync(long sample)
    {
        while (Next < sample)
        {
            Assert.NotNull(await HearAsync());
        }

        Assert.Equal(sample, Next);
    }

    /// <summary>How the call failed, after whatever came.</summary>
    public async Task<(StatusCode Code, ErrorReason? Reason, string Message)> HearFailureAsync()
    {
        try
        {
            while (await HearAsync() is not null) { }
        }
        catch (RpcException failure)
        {
            return (failure.StatusCode, ErrorStatus.FromRpcException(failure)?.Reason, failure.Status.Detail);
        }

        return (StatusCode.OK, null, "");
    }

    public void Leave() => leaving.Cancel();

    public void Dispose()
    {
        call.Dispose();
        leaving.Dispose();
    }
}
