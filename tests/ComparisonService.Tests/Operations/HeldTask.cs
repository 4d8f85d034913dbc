using System.Collections.Concurrent;
using Dendrite.Operations;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Tests.Operations;

/// <summary>Does what the running test says; without a word from it, it answers with what it was asked.</summary>
public sealed class HeldTask : IOperationTask
{
    public const string MethodName = "dendrite.v1.TestService/Hold";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim begun = new(0);

    public string Method => MethodName;

    /// <summary>What was begun here, in order.</summary>
    public ConcurrentQueue<string> Runs { get; } = new();

    /// <summary>What is done.</summary>
    public Func<OperationWork, string, CancellationToken, Task<IMessage>> Do { get; set; } =
        (_, text, _) => Task.FromResult<IMessage>(new StringValue { Value = text });

    /// <summary>Until one more run has begun here.</summary>
    public async Task BegunAsync() =>
        Assert.True(await begun.WaitAsync(Patience, TestContext.Current.CancellationToken), "nothing was begun");

    public Task<IMessage> RunAsync(OperationWork work, CancellationToken cancellation)
    {
        var text = work.ReadRequest<StringValue>().Value;
        Runs.Enqueue(text);
        begun.Release();
        return Do(work, text, cancellation);
    }

    /// <summary>Waits to be stopped.</summary>
    public static async Task<IMessage> WaitForStopAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.Infinite, cancellation);
        return new Empty();
    }
}
