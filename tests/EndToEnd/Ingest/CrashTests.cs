using System.Runtime.InteropServices;
using Dendrite.Client.Appending;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.EndToEnd.Ingest;

public sealed class CrashTests(Platform platform) : IClassFixture<Platform>
{
    private const int Channels = 16;
    private const int RunSamples = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_killed_in_the_middle_of_a_recording_costs_nothing_but_time()
    {
        const int Samples = 100_000;
        var stream = await platform.NewStreamAsync();
        await using var connection = platform.Connect();
        var halfWay = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var writer = await connection.OpenWriterAsync(
            Options(stream) with
            {
                OnProgress = progress => _ = progress.DurableSample > Samples / 3 && halfWay.TrySetResult(),
            },
            Token
        );
        var writing = WriteAsync(writer, 0, Samples);
        await halfWay.Task.WaitAsync(Patience, Token);
        await platform.Ingest.KillAsync();
        await platform.Ingest.StartAsync();
        await writing.WaitAsync(Patience, Token);
        var closed = await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        Assert.Equal(Samples, closed.ThroughSample);
        Assert.True(writer.Progress.Reconnects > 0);
        await AssertHoldsAsync(stream, Samples);
        Assert.Equal(
            Samples,
            await platform.CountAsync(
                $"SELECT sum(sample_count) FROM signals.block JOIN (SELECT DISTINCT stream_id, timeline_id FROM "
                    + $"signals.stream JOIN branching.branch b USING (project_id, timeline_id) WHERE b.name = "
                    + $"'{stream.Split('/')[3]}') s USING (stream_id, timeline_id)"
            )
        );
    }

    [Fact]
    public async Task A_gateway_that_was_killed_goes_on_where_the_recording_stands()
    {
        var stream = await platform.NewStreamAsync();
        await using (var connection = platform.Connect())
        await using (var writer = await connection.OpenWriterAsync(Options(stream), Token))
        {
            // Disposed without being completed: whatever was not acknowledged may be lost.
            await WriteAsync(writer, 0, 20_000);
        }

        await using var again = platform.Connect();
        await using var resumed = await again.OpenWriterAsync(Options(stream), Token);
        await WriteAsync(resumed, (int)resumed.NextSample, 30_000);
        await resumed.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        await AssertHoldsAsync(stream, 30_000);
    }

    [Fact]
    public async Task Garbage_on_the_port_is_turned_away_and_the_service_goes_on()
    {
        var random = new Random(4711);
        var noise = new byte[64 << 10];
        random.NextBytes(noise);
        byte[][] garbage =
        [
            noise,
            "GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray(),
            [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. noise],
            new byte[4096],
        ];
        foreach (var bytes in garbage)
        {
            await platform.SendGarbageAsync(bytes);
        }

        await AssertTakesRecordingsAsync();
    }

    [Fact]
    public async Task Without_Redis_everything_goes_on()
    {
        await platform.Redis.KillAsync();
        await AssertTakesRecordingsAsync();
        await platform.Redis.StartAgainAsync();
        await AssertTakesRecordingsAsync();
    }

    [Fact]
    public async Task A_service_that_is_told_to_stop_stops_in_time_and_clean()
    {
        Assert.Equal(0, await platform.Ingest.StopAsync());
        await platform.Ingest.StartAsync();
        await AssertTakesRecordingsAsync();
    }

    private async Task AssertTakesRecordingsAsync()
    {
        var stream = await platform.NewStreamAsync();
        await using var connection = platform.Connect();
        await using var writer = await connection.OpenWriterAsync(Options(stream), Token);
        await WriteAsync(writer, 0, 2_000);
        await writer.CompleteAsync(finish: true, Token).WaitAsync(Patience, Token);
        await AssertHoldsAsync(stream, 2_000);
    }

    private static WriterOptions Options(string stream)
    {
        var descriptor = new V1.SignalStream
        {
            NominalRate = new() { Samples = 1000, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1_700_000_000 },
        };
        for (var i = 0; i < Channels; i++)
        {
            descriptor.Channels.Add(new V1.SignalChannel { Label = $"c{i}", SampleType = V1.SampleType.Int16 });
        }

        return new()
        {
            Stream = stream,
            Descriptor = descriptor,
            SamplesPerBlock = 256,
        };
    }

    private static async Task WriteAsync(SignalWriter writer, int first, int end)
    {
        for (var start = first; start < end; start += RunSamples)
        {
            await writer.WriteAsync(Samples(start, Math.Min(RunSamples, end - start)), Token);
        }
    }

    private async Task AssertHoldsAsync(string stream, long end)
    {
        await using var connection = platform.Connect();
        var next = 0L;
        await foreach (var response in connection.ReadSamplesAsync(new() { Stream = stream }, Token))
        {
            if (response.Chunk is { } chunk)
            {
                Assert.Equal(next, chunk.FirstSample);
                var samples = Samples(chunk.FirstSample, chunk.SampleCount);
                Assert.True(
                    MemoryMarshal.AsBytes(samples.AsSpan()).SequenceEqual(chunk.Data.Span),
                    $"other samples from {chunk.FirstSample} on"
                );
                next += chunk.SampleCount;
            }
        }

        Assert.Equal(end, next);
    }

    private static short[] Samples(long first, int count)
    {
        var planar = new short[Channels * count];
        for (var i = 0; i < planar.Length; i++)
        {
            var (channel, sample) = (i / count, first + (i % count));
            planar[i] = (short)((sample * (channel + 3) % 2000) + (sample / 1000));
        }

        return planar;
    }
}
