using Dendrite.Contracts.Errors;
using Dendrite.Errors;
using Dendrite.ServiceDefaults.Draining;
using Dendrite.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Dendrite.ComparisonService.Tests.Operations;

/// <summary>What a replica that is told to stop does with its work, and with those who wait for work.</summary>
public sealed class StoppingReplicaTests : IAsyncLifetime
{
    // Less than open calls of a stopping replica have.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private ReplicatedService service = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => service = await ReplicatedService.StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_replica_that_stops_sends_who_waits_to_another_one_at_once()
    {
        var stopping = await service.AddAsync(("Drain:OpenCallsTimeout", "00:05:00"));
        stopping.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        var operation = await stopping.StartAsync("work");
        await stopping.Held.BegunAsync();
        var waiting = stopping.WaitAsync(operation);
        var drain = stopping.Service.App.Services.GetRequiredService<DrainState>();
        while (drain.OpenCalls == 0)
        {
            await Task.Yield();
        }

        var stopped = stopping.Service.App.StopAsync(Token);
        var sent = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => waiting.WaitAsync(Patience, Token));
        await stopped;
        // Not before: it might have finished the work while the first one still looked for it.
        var heir = await service.AddAsync();

        Assert.Equal(ErrorReason.Unavailable, ErrorStatus.FromRpcException(sent)?.Reason);
        Assert.Contains("stopping", sent.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(OperationState.Succeeded, (await heir.WaitAsync(operation)).State);
    }

    [Fact]
    public async Task Work_is_given_back_while_the_calls_of_a_stopping_replica_still_run()
    {
        var stopping = await service.AddAsync(("Drain:ReadinessGrace", "00:05:00"));
        stopping.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        var operation = await stopping.StartAsync("work");
        await stopping.Held.BegunAsync();
        var heir = await service.AddAsync();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);

        var stopped = stopping.Service.App.StopAsync(enough.Token);
        var done = await heir.WaitAsync(operation).WaitAsync(Patience, Token);
        var wasRunning = !stopped.IsCompleted;
        await enough.CancelAsync();
        await stopped.ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext
        );

        Assert.Equal(OperationState.Succeeded, done.State);
        Assert.True(wasRunning);
        Assert.Equal(["work"], heir.Held.Runs);
    }
}
