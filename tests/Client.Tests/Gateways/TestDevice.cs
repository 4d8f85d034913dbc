using System.Collections.Concurrent;
using Dendrite.Client.Connection;
using Dendrite.Client.Gateways;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Client.Tests.Gateways;

/// <summary>A device of three channels whose samples say which they are, and a gateway for it.</summary>
internal sealed class TestDevice : IDisposable
{
    public const int Channels = 3;

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public TempDirectory Spool { get; } = new();

    public ConcurrentQueue<GatewayEvent> Events { get; } = [];

    public ConcurrentQueue<GatewayProgress> Progress { get; } = [];

    public GatewayOptions Options =>
        new()
        {
            Stream = "projects/lab/branches/b/streams/eeg",
            Descriptor = Descriptor(),
            SpoolDirectory = Spool.Path,
            MaxBlockAge = TimeSpan.FromMilliseconds(20),
            MinBlockBytes = 64,
            MaxBlockBytes = 2_048,
            OnEvent = Events.Enqueue,
            OnProgress = Progress.Enqueue,
        };

    /// <param name="groups">Into how many channel groups the channels are dealt.</param>
    public static V1.SignalStream Descriptor(int groups = 1)
    {
        var stream = new V1.SignalStream
        {
            NominalRate = new() { Samples = 100, Seconds = 1 },
            StartTime = new Timestamp { Seconds = 1 },
        };
        for (var i = 0; i < Channels; i++)
        {
            stream.Channels.Add(
                new V1.SignalChannel
                {
                    Label = $"c{i}",
                    SampleType = V1.SampleType.Int16,
                    ChannelGroup = i % groups,
                }
            );
        }

        return stream;
    }

    /// <summary>A connection to a port where nobody listens.</summary>
    public static DendriteConnection Nowhere() =>
        new(
            new()
            {
                IngestAddresses = ["http://127.0.0.1:1"],
                ApiKey = "dk_test_0123456789abcdef",
                Retry = new() { FirstDelay = TimeSpan.FromMilliseconds(1), MaxDelay = TimeSpan.FromMilliseconds(5) },
            }
        );

    public static short[] Samples(long first, int count)
    {
        var planar = new short[Channels * count];
        for (var i = 0; i < planar.Length; i++)
        {
            planar[i] = SampleOf(i / count, first + (i % count));
        }

        return planar;
    }

    /// <summary>Writes from where the gateway stands up to an index, waiting for room.</summary>
    public static async Task WriteAsync(SignalGateway gateway, long end, int run = 37)
    {
        while (gateway.NextSample < end)
        {
            var count = (int)Math.Min(run, end - gateway.NextSample);
            await gateway.WriteAsync(Samples(gateway.NextSample, count), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>
    /// What is stored begins at 0, has no hole, and each sample is that of its index; gaps lie where they were
    /// declared.
    /// </summary>
    /// <param name="ingest">Where it is stored.</param>
    /// <param name="end">How far.</param>
    /// <param name="origin">The stream's index of the device's sample 0.</param>
    public static void AssertStored(FakeIngest ingest, long end, long origin = 0)
    {
        Assert.Equal(end, ingest.End);
        var pieces = ingest
            .Blocks.Select(block => (First: block.FirstSample, End: block.FirstSample + block.SampleCount))
            .Concat(ingest.Gaps.Select(gap => (First: gap.Range.StartSample, End: gap.Range.EndSample)))
            .OrderBy(piece => piece.First);
        var next = origin;
        foreach (var piece in pieces)
        {
            Assert.Equal(next, piece.First);
            next = piece.End;
        }

        Assert.Equal(end, next);
        foreach (var block in ingest.Blocks)
        {
            var samples = new short[Channels * block.SampleCount];
            Dendrite.Signals.Blocks.SampleBlock.Open(block.Payload.Span).Decode(samples);
            Assert.Equal(Samples(block.FirstSample - origin, block.SampleCount), samples);
        }
    }

    public void Dispose() => Spool.Dispose();

    private static short SampleOf(int channel, long sample) => (short)((sample * 31 % 5_000) + (channel * 6_000));
}
