using Dendrite.ComparisonService.Tests.Experiments;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.ComparisonService.Tests.Operations;

/// <summary>
/// What is removed while it is read would be read as gaps and as deleted records: work on it ends without a result.
/// </summary>
public sealed class PurgedStateTests : IAsyncLifetime
{
    private const int Rate = 64;

    private readonly TaskCompletionSource<Google.Protobuf.IMessage> held = new();
    private ReplicatedService service = null!;
    private Replica replica = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        service = await ReplicatedService.StartAsync();
        var recorder = new SignalRecorder(service.Database);
        foreach (var branch in new[] { "a", "b" })
        {
            await service.Recorder.ForkAsync(branch);
            double[] samples = [.. Enumerable.Range(0, 10 * Rate).Select(i => Math.Sin(i * 0.7))];
            await recorder.RecordAsync(branch, new("eeg", Rate, ("C3", samples)));
        }

        // The one worker is busy until the state is gone.
        replica = await service.AddAsync(("Operations:MaxConcurrent", "1"));
        replica.Held.Do = (_, _, _) => held.Task;
        await replica.StartAsync("hold");
        await replica.Held.BegunAsync();
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("doom_time = now()")]
    [InlineData("head_version = head_version - 1")]
    public async Task A_comparison_of_what_is_being_removed_has_no_figures(string verdict)
    {
        var asked = await replica.Experiments.CompareExperimentsAsync(
            new() { Project = "projects/lab", Comparand = Both() },
            service.Key
        );

        await AssertGoneAsync(asked.Operation, verdict);
    }

    [Fact]
    public async Task A_report_of_what_is_being_removed_is_not_made()
    {
        var asked = await replica.Reports.CreateReportAsync(
            new() { Parent = "projects/lab", Comparand = Both() },
            service.Key
        );

        await AssertGoneAsync(asked.Operation, "doom_time = now()");
    }

    [Fact]
    public async Task Checks_of_what_is_being_removed_do_not_hold()
    {
        var asked = await replica.Quality.RunQualityChecksAsync(
            new() { Parent = "projects/lab", Snapshot = Both().To },
            service.Key
        );

        await AssertGoneAsync(asked.Operation, "doom_time = now()");
    }

    [Fact]
    public async Task What_is_deleted_and_can_be_restored_is_compared_all_the_same()
    {
        var asked = await replica.Experiments.CompareExperimentsAsync(
            new() { Project = "projects/lab", Comparand = Both() },
            service.Key
        );

        await ChangeTimelineAsync("seal = 'deleted'");
        held.SetResult(new Empty());
        var done = await replica.WaitAsync(asked.Operation);

        Assert.True(done.State == OperationState.Succeeded, $"{done.Error}");
    }

    private async Task AssertGoneAsync(Operation asked, string verdict)
    {
        await ChangeTimelineAsync($"purge_time = now(), {verdict}");
        held.SetResult(new Empty());
        var done = await replica.WaitAsync(asked);

        Assert.Equal(OperationState.Failed, done.State);
        Assert.Contains("no longer kept", done.Error.Message, StringComparison.Ordinal);
    }

    private async Task ChangeTimelineAsync(string change)
    {
        await using var command = service.Database.Owner.CreateCommand(
            $"""
            UPDATE branching.timeline SET {change}
            WHERE branch_id = (SELECT branch_id FROM branching.branch WHERE name = 'b')
            """
        );
        Assert.Equal(1, await command.ExecuteNonQueryAsync(Token));
    }

    private static Comparand Both() =>
        new()
        {
            From = new() { Branch = "projects/lab/branches/a" },
            To = new() { Branch = "projects/lab/branches/b" },
        };
}
