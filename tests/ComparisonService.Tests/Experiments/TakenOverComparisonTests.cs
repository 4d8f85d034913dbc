using Dendrite.ComparisonService.Tests.Operations;
using Dendrite.V1;

namespace Dendrite.ComparisonService.Tests.Experiments;

/// <summary>A comparison that is broken off in the middle is gone on with, and gives what it would have
/// given.</summary>
public sealed class TakenOverComparisonTests : IAsyncLifetime
{
    private const int Rate = 64;

    private static readonly (string, string)[] KeepsAlways =
    [
        ("Experiments:KeepInterval", "00:00:00"),
        ("Operations:MaxAttempts", "1000"),
        ("Operations:MaxConcurrent", "1"),
    ];

    private ReplicatedService service = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        service = await ReplicatedService.StartAsync();
        await service.Recorder.ForkAsync("a");
        await service.Recorder.ForkAsync("b");
        var recorder = new SignalRecorder(service.Database);
        // Five minutes in windows of a quarter second: 1,200 in 10 chunks; and streams on clocks of their own.
        await recorder.RecordAsync(
            "a",
            new("eeg", Rate, ("C3", Noise(1)), ("C4", Noise(2))) { Gaps = [new(900, 990)] }
        );
        await recorder.RecordAsync("b", new("eeg", Rate, ("C3", Noise(3)), ("C4", Noise(4))));
        await recorder.RecordAsync("a", new("other", 32, ("C3", Noise(5))) { StartSeconds = 1 });
        await recorder.RecordAsync("b", new("other", 32, ("C3", Noise(6))) { StartSeconds = 2 });
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(7)]
    public async Task Broken_off_at_every_few_steps_it_ends_with_the_same_figures_to_the_last_bit(int steps)
    {
        var replica = await service.AddAsync(KeepsAlways);
        var whole = await CompareAsync(replica);
        await replica.Operations.DeleteOperationAsync(new() { Name = whole.Name }, service.Key);
        await BreakEveryAsync(steps);
        await service.AddAsync(KeepsAlways);

        var broken = await CompareAsync(replica);

        Assert.True(await CountAttemptsAsync() > 1);
        Assert.Equal(OperationState.Succeeded, broken.State);
        Assert.NotEqual(whole.Name, broken.Name);
        Assert.Equal(whole.Response.Unpack<ExperimentComparison>(), broken.Response.Unpack<ExperimentComparison>());
    }

    [Fact]
    public async Task A_replica_that_is_stopped_in_the_middle_leaves_it_to_another()
    {
        var first = await service.AddAsync(KeepsAlways);
        var whole = await CompareAsync(first);
        await first.Operations.DeleteOperationAsync(new() { Name = whole.Name }, service.Key);
        var asked = await first.Experiments.CompareExperimentsAsync(Request(), service.Key);
        while (await service.CountPartsAsync() == 0)
        {
            await Task.Yield();
        }

        await first.DisposeAsync();
        var second = await service.AddAsync(KeepsAlways);
        var done = await second.WaitAsync(asked.Operation);

        Assert.Equal(OperationState.Succeeded, done.State);
        Assert.Equal(whole.Response.Unpack<ExperimentComparison>(), done.Response.Unpack<ExperimentComparison>());
        Assert.Equal(0, await service.CountPartsAsync());
    }

    /// <summary>2,400 windows of eight figures of eight bytes, of the stream that has most.</summary>
    [Fact]
    public async Task Figures_of_windows_are_held_of_as_few_channels_at_once_as_fit_and_give_the_same()
    {
        var wide = await service.AddAsync(KeepsAlways);
        var whole = await CompareAsync(wide);
        await wide.Operations.DeleteOperationAsync(new() { Name = whole.Name }, service.Key);
        await wide.DisposeAsync();

        var narrow = await service.AddAsync([.. KeepsAlways, ("Experiments:HeldFeatureBytes", "153600")]);
        var one = await CompareAsync(narrow);

        Assert.Equal(OperationState.Succeeded, one.State);
        Assert.Equal(whole.Response.Unpack<ExperimentComparison>(), one.Response.Unpack<ExperimentComparison>());
    }

    [Fact]
    public async Task More_windows_of_a_channel_than_are_held_at_once_are_refused_and_not_read()
    {
        var narrow = await service.AddAsync([.. KeepsAlways, ("Experiments:HeldFeatureBytes", "153599")]);

        var refused = await CompareAsync(narrow);

        Assert.Equal(OperationState.Failed, refused.State);
        Assert.Contains(
            "options.window_length: windows of 0.25 s are 2400",
            refused.Error.Message,
            StringComparison.Ordinal
        );
        Assert.Equal(0, await service.CountPartsAsync());
    }

    /// <summary>As a database that goes away at every few of the transactions that keep what is known.</summary>
    private async Task BreakEveryAsync(int steps)
    {
        await using var command = service.Database.Owner.CreateCommand(
            $"""
            CREATE SEQUENCE branching.kept;
            GRANT USAGE ON SEQUENCE branching.kept TO dendrite_comparison_service;
            CREATE FUNCTION branching.break_off() RETURNS trigger LANGUAGE plpgsql AS $body$
            BEGIN
                IF nextval('branching.kept') % {steps} = 0 THEN
                    RAISE EXCEPTION 'broken off' USING ERRCODE = '08006';
                END IF;
                RETURN NEW;
            END $body$;
            CREATE TRIGGER break_off BEFORE INSERT ON branching.operation_part
                FOR EACH ROW WHEN (NEW.part = 'place') EXECUTE FUNCTION branching.break_off();
            """
        );
        await command.ExecuteNonQueryAsync(Token);
    }

    private async Task<int> CountAttemptsAsync()
    {
        await using var command = service.Database.Owner.CreateCommand("SELECT max(attempt) FROM branching.operation");
        return (int)(await command.ExecuteScalarAsync(Token))!;
    }

    private async Task<Operation> CompareAsync(Replica replica) =>
        await replica.WaitAsync((await replica.Experiments.CompareExperimentsAsync(Request(), service.Key)).Operation);

    private static CompareExperimentsRequest Request() =>
        new()
        {
            Project = "projects/lab",
            Comparand = new()
            {
                From = new() { Branch = "projects/lab/branches/a" },
                To = new() { Branch = "projects/lab/branches/b" },
            },
            Options = new() { WindowLength = new() { Nanos = 250_000_000 } },
        };

    private static double[] Noise(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 300 * Rate).Select(_ => random.NextDouble() - 0.5)];
    }
}
