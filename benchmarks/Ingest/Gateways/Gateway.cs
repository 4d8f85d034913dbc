using Dendrite.Client.Appending;
using Dendrite.Client.Connection;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>One device's gateway: a stream, written through the client library.</summary>
internal sealed class Gateway : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Queue<(long Through, TaskCompletionSource Durable)> waiting = new();
    private readonly RecordingShape shape;
    private readonly BlockRing ring;
    private long nextBlock;
    private long durableSample;
    private SignalWriter? writer;

    private Gateway(RecordingShape shape, BlockRing ring, int number)
    {
        this.shape = shape;
        this.ring = ring;
        nextBlock = number;
    }

    public static async Task<Gateway> OpenAsync(
        DendriteConnection connection,
        string stream,
        (RecordingShape Shape, BlockRing Ring, int Number) recording,
        long maxBytesInFlight
    )
    {
        var gateway = new Gateway(recording.Shape, recording.Ring, recording.Number);
        var options = new WriterOptions
        {
            Stream = stream,
            Descriptor = Descriptor(recording.Shape),
            SamplesPerBlock = recording.Shape.SamplesPerBlock,
            MaxBytesInFlight = maxBytesInFlight,
            OnProgress = gateway.OnProgress,
        };
        gateway.writer = await connection.OpenWriterAsync(options, CancellationToken.None);
        return gateway;
    }

    /// <summary>Writes so many blocks as fast as may be; ends when they are durable.</summary>
    public async Task WriteAsync(int blocks)
    {
        var durable = Task.CompletedTask;
        for (var i = 0; i < blocks; i++)
        {
            durable = await HandOverAsync();
        }

        await durable;
    }

    /// <summary>Gives the writer a block; the inner task ends when it is durable.</summary>
    public async Task<Task> HandOverAsync()
    {
        var block = ring[nextBlock++];
        await (
            shape.IsInterleaved
                ? writer!.WriteInterleavedAsync(block, CancellationToken.None)
                : writer!.WriteAsync(block, CancellationToken.None)
        );
        return DurableAsync(writer.NextSample);
    }

    public async ValueTask DisposeAsync()
    {
        await writer!.CompleteAsync(finish: true, CancellationToken.None);
        await writer.DisposeAsync();
    }

    private Task DurableAsync(long through)
    {
        lock (gate)
        {
            if (durableSample >= through)
            {
                return Task.CompletedTask;
            }

            var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.Enqueue((through, durable));
            return durable.Task;
        }
    }

    private void OnProgress(WriterProgress progress)
    {
        lock (gate)
        {
            durableSample = progress.DurableSample;
            while (waiting.TryPeek(out var first) && first.Through <= durableSample)
            {
                waiting.Dequeue().Durable.SetResult();
            }
        }
    }

    private static V1.SignalStream Descriptor(RecordingShape shape)
    {
        var descriptor = new V1.SignalStream
        {
            NominalRate = new() { Samples = shape.RateHz, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1_700_000_000 },
        };
        descriptor.Channels.AddRange(
            Enumerable
                .Range(0, shape.Channels)
                .Select(channel => new V1.SignalChannel
                {
                    Label = $"CH{channel + 1}",
                    Unit = "uV",
                    SampleType = V1.SampleType.Int16,
                    Scale = 0.195,
                })
        );
        return descriptor;
    }
}
