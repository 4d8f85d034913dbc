using Dendrite.Client.Appending;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace Dendrite.EndToEnd.Comparing;

/// <summary>A comparison of two recordings that outlives the processes that work on it.</summary>
public sealed class KilledComparisonTests(Platform platform) : IClassFixture<Platform>
{
    private const int Channels = 8;
    private const int Rate = 250;
    private const int RunSamples = 5_000;
    private const int Samples = 40 * 60 * Rate;

    /// <summary>Without a step ahead; how long all of it takes says only how busy the machine is.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Metadata Key = new() { { "authorization", $"Bearer {Platform.Key}" } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_comparison_whose_service_is_killed_goes_on_elsewhere_with_the_same_figures()
    {
        var comparand = new Comparand { From = await RecordAsync(1), To = await RecordAsync(2) };
        await using var second = platform.AddComparison();
        var begun = await BeginAsync(platform.Comparison, comparand);
        await UntilKeptAsync(begun.Name);

        await platform.Comparison.KillAsync();
        await second.StartAsync();
        var done = await WaitAsync(second, begun.Name);

        Assert.Equal(OperationState.Succeeded, done.State);
        Assert.True(await AttemptsAsync(done.Name) > 1, "The work was not taken over.");
        // Undisturbed, from the beginning: the same to the last bit.
        await platform.Comparison.StartAsync();
        await Operations(second).DeleteOperationAsync(new() { Name = done.Name }, Options);
        var again = await BeginAsync(second, comparand);
        Assert.NotEqual(done.Name, again.Name);
        var undisturbed = await WaitAsync(second, again.Name);
        Assert.Equal(1, await AttemptsAsync(again.Name));
        Assert.Equal(undisturbed.Response.Unpack<ExperimentComparison>(), done.Response.Unpack<ExperimentComparison>());
    }

    [Fact]
    public async Task A_comparison_goes_on_where_it_was_when_its_only_service_comes_back()
    {
        var comparand = new Comparand { From = await RecordAsync(3), To = await RecordAsync(4) };
        var begun = await BeginAsync(platform.Comparison, comparand);
        await UntilKeptAsync(begun.Name);

        await platform.Comparison.KillAsync();
        await platform.Comparison.StartAsync();
        // Asked for once more it is joined, and not begun again.
        var joined = await BeginAsync(platform.Comparison, comparand);
        var done = await WaitAsync(platform.Comparison, begun.Name);

        Assert.Equal(begun.Name, joined.Name);
        Assert.Equal(OperationState.Succeeded, done.State);
        var comparison = done.Response.Unpack<ExperimentComparison>();
        Assert.Equal(Channels, comparison.Channels.Count);
        Assert.All(comparison.Channels, channel => Assert.Equal(Samples, channel.To.SampleCount));
    }

    private static CallOptions Options => new(Key, cancellationToken: Token);

    private static GrpcChannel Channel(PlatformService service) => GrpcChannel.ForAddress(service.Address);

    private static OperationService.OperationServiceClient Operations(PlatformService service) => new(Channel(service));

    private static async Task<Operation> BeginAsync(PlatformService service, Comparand comparand)
    {
        var request = new CompareExperimentsRequest { Project = "projects/lab", Comparand = comparand };
        var experiments = new ExperimentService.ExperimentServiceClient(Channel(service));
        return (await experiments.CompareExperimentsAsync(request, Options)).Operation;
    }

    private static async Task<Operation> WaitAsync(PlatformService service, string name)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        OperationProgress? seen = null;
        while (true)
        {
            var request = new WaitOperationRequest
            {
                Name = name,
                Timeout = new Duration { Seconds = 20 },
            };
            var options = new CallOptions(Key, cancellationToken: patience.Token);
            var operation = (await Operations(service).WaitOperationAsync(request, options)).Operation;
            if (operation.EndTime is not null)
            {
                return operation;
            }

            if (!Equals(seen, operation.Progress))
            {
                seen = operation.Progress;
                patience.CancelAfter(Patience);
            }
        }
    }

    /// <summary>Until something of the work is kept, and it is not done.</summary>
    private async Task UntilKeptAsync(string name)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        var seen = 0L;
        while (await CountPartsAsync(name) == 0)
        {
            var done = await AskAsync("CASE WHEN end_time IS NULL THEN done ELSE -1 END", name);
            Assert.True(done >= 0, "The work ended before anything of it was seen to be kept.");
            if (done != seen)
            {
                seen = done;
                patience.CancelAfter(Patience);
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), patience.Token);
        }
    }

    private Task<long> CountPartsAsync(string name) =>
        platform.CountAsync($"SELECT count(*) FROM branching.operation_part WHERE operation_id = '{IdOf(name)}'");

    private Task<long> AttemptsAsync(string name) => AskAsync("attempt", name);

    private Task<long> AskAsync(string column, string name) =>
        platform.CountAsync($"SELECT {column} FROM branching.operation WHERE operation_id = '{IdOf(name)}'");

    private static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];

    private async Task<SnapshotReference> RecordAsync(int seed)
    {
        var stream = await platform.NewStreamAsync();
        await using var connection = platform.Connect();
        var descriptor = new V1.SignalStream
        {
            NominalRate = new() { Samples = Rate, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1_700_000_000 },
        };
        descriptor.Channels.AddRange(
            Enumerable
                .Range(0, Channels)
                .Select(i => new V1.SignalChannel { Label = $"c{i}", SampleType = V1.SampleType.Int16 })
        );
        var options = new WriterOptions { Stream = stream, Descriptor = descriptor };
        await using var writer = await connection.OpenWriterAsync(options, Token);
        var random = new Random(seed);
        for (var first = 0; first < Samples; first += RunSamples)
        {
            short[] run =
            [
                .. Enumerable.Range(0, Channels * RunSamples).Select(_ => (short)random.Next(-1_000, 1_000)),
            ];
            await writer.WriteAsync(run, Token);
        }

        await writer.CompleteAsync(finish: true, Token);
        return new() { Branch = stream[..stream.IndexOf("/streams/", StringComparison.Ordinal)] };
    }
}
