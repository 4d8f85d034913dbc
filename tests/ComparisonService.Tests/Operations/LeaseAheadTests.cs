using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Operations;

/// <summary>Leases of a database whose clock was ahead and was put right.</summary>
public sealed class LeaseAheadTests : IAsyncLifetime
{
    private ReplicatedService service = null!;

    public async ValueTask InitializeAsync() => service = await ReplicatedService.StartAsync();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Work_whose_worker_died_while_the_clock_was_ahead_is_taken_over_when_it_is_put_right()
    {
        var stopping = await service.AddAsync();
        stopping.Held.Do = (_, _, token) => HeldTask.WaitForStopAsync(token);
        var operation = await stopping.StartAsync("work");
        await stopping.Held.BegunAsync();
        await stopping.DisposeAsync();
        await service.DieAheadAsync(TimeSpan.FromDays(365));

        var heir = await service.AddAsync(("Operations:Lease", "00:00:01"));

        Assert.Equal(OperationState.Succeeded, (await heir.WaitAsync(operation)).State);
        Assert.Equal(["work"], heir.Held.Runs);
    }
}
