using System.Threading.Channels;
using Dendrite.Contracts.Names;
using Dendrite.IngestService.Query.Tail;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.IngestService.Tests.Query.Tail;

/// <summary>A tail whose reader takes the header, and nothing else before it is told to go on.</summary>
internal sealed class SlowTail : IServerStreamWriter<V1.TailResponse>, IAsyncDisposable
{
    private readonly CancellationTokenSource leaving;
    private readonly Channel<V1.TailResponse> taken = Channel.CreateUnbounded<V1.TailResponse>();
    private readonly TaskCompletionSource began = new();
    private readonly TaskCompletionSource waits = new();
    private readonly TaskCompletionSource goesOn = new();
    private readonly TailLease lease;
    private readonly Task tailing;

    private SlowTail(IngestFixture fixture, V1.TailRequest request)
    {
        leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var services = fixture.App.Services;
        var key = new FollowKey(fixture.ProjectId, StreamName.Parse(request.Stream, "stream"));
        lease = services.GetRequiredService<StreamFollowers>().Join(key);
        var parts = services.GetRequiredService<TailParts>() with { Time = Time };
        var writer = new TailWriter(this, leaving.Token, CancellationToken.None);
        tailing = new TailSession(request, lease, parts, writer).RunAsync(leaving.Token);
    }

    /// <summary>By which it is told how late its reader is.</summary>
    public ShiftedTime Time { get; } = new();

    /// <summary>Done when the first message after the header waits for the reader.</summary>
    public Task Waits => waits.Task;

    public WriteOptions? WriteOptions { get; set; }

    /// <summary>Starts to follow; the header is taken: what is appended from now on comes.</summary>
    public static async Task<SlowTail> OpenAsync(IngestFixture fixture, V1.TailRequest request)
    {
        var tail = new SlowTail(fixture, request);
        await tail.began.Task.WaitAsync(TestContext.Current.CancellationToken);
        return tail;
    }

    public void GoOn() => goesOn.SetResult();

    /// <summary>The next message that the reader took.</summary>
    public ValueTask<V1.TailResponse> HearAsync() => taken.Reader.ReadAsync(TestContext.Current.CancellationToken);

    public Task WriteAsync(V1.TailResponse message) => WriteAsync(message, CancellationToken.None);

    public async Task WriteAsync(V1.TailResponse message, CancellationToken cancellationToken)
    {
        if (began.TrySetResult())
        {
            return;
        }

        waits.TrySetResult();
        await goesOn.Task.WaitAsync(cancellationToken);
        await taken.Writer.WriteAsync(message, cancellationToken);
    }

    /// <summary>The reader leaves, and nothing but that ended its tail.</summary>
    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tailing);
        lease.Dispose();
        leaving.Dispose();
    }
}
