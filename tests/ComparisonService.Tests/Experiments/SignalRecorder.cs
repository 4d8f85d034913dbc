using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dendrite.Fixtures.Postgres;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Projects;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.ComparisonService.Tests.Experiments;

/// <summary>Records signals into branches of <c>lab</c> through the stores that Ingest uses.</summary>
public sealed class SignalRecorder(TestDatabase database)
{
    private static int count = 500;

    private readonly PlatformDatabase asIngest = new(database.Ingest);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes a stream and appends its samples; NaN runs of whole blocks become gaps.</summary>
    public async Task RecordAsync(string branch, RecordedSignals signals)
    {
        var project = (await new ProjectStore(asIngest).GetAsync("lab", Token)).Id;
        var seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var author = new CommitAuthor(project, seen.Timeline, "tests", "");
        var uid = ComparisonFixture.NewUid(Interlocked.Increment(ref count));
        var (stream, _) = await new SignalStreamStore(asIngest).CreateAsync(author, uid, signals.Describe(), Token);
        seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        if (signals.SampleCount == 0)
        {
            return;
        }

        var claim = new WriterClaim(stream.StreamId, 1, "tests");
        var lease = await new WriterStore(asIngest).OpenAsync(project, seen.Timeline, claim, Token);
        var append = new StreamAppend(stream.StreamId, lease!.Epoch, [0], [signals.SampleCount])
        {
            Blocks = [.. signals.Blocks()],
            Gaps = [.. signals.AllGaps.Select(gap => new SampleGap(gap, null, GapCause.Declared, ""))],
            Anchors = signals.Anchors,
        };
        Assert.Empty((await new AppendStore(asIngest).CommitAsync(author, seen.Snapshot, [append], Token)).Fenced);
    }
}

/// <summary>A stream of float64 channels in one group.</summary>
/// <param name="Rate">In Hz; 0: irregular.</param>
/// <param name="Channels">Label and samples; all of one length.</param>
public sealed record RecordedSignals(string Stream, long Rate, params (string Label, double[] Samples)[] Channels)
{
    private const int BlockSamples = 700;

    public IReadOnlyList<SampleRange> Gaps { get; init; } = [];

    /// <summary>By label; where it is not given, none.</summary>
    public IReadOnlyDictionary<string, string> Locations { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<StreamTimeAnchor> Anchors { get; init; } = [];

    /// <summary>What every channel declares; null: nothing.</summary>
    public (long Low, long High)? DigitalLimits { get; init; }

    public long StartSeconds { get; init; }

    /// <summary>A gap besides: samples from <c>At</c> on, the beginning of a block, come so much later.</summary>
    public (long At, long Count) Leap { get; init; }

    public string Unit { get; init; } = "uV";

    public long SampleCount => Channels[0].Samples.Length + Leap.Count;

    public IEnumerable<SampleRange> AllGaps => Leap.Count == 0 ? Gaps : [.. Gaps, new(Leap.At, Leap.At + Leap.Count)];

    public SignalStreamDescriptor Describe() =>
        new(
            Stream,
            new(Rate, 1),
            StartSeconds * 1_000_000_000,
            [
                .. Channels.Select(channel => new SignalChannel(channel.Label, SampleType.Float64, 0)
                {
                    Unit = Unit,
                    DigitalMinimum = DigitalLimits?.Low,
                    DigitalMaximum = DigitalLimits?.High,
                    Location = Locations.GetValueOrDefault(channel.Label, ""),
                }),
            ]
        );

    public IEnumerable<NewBlock> Blocks()
    {
        foreach (var run in new SampleRange(0, Channels[0].Samples.Length).Without(Gaps))
        {
            for (var start = run.Start; start < run.End; start += BlockSamples)
            {
                yield return Block(new(start, Math.Min(start + BlockSamples, run.End)));
            }
        }
    }

    private NewBlock Block(SampleRange range)
    {
        double[] planar = [.. Channels.SelectMany(channel => channel.Samples[(int)range.Start..(int)range.End])];
        var bytes = MemoryMarshal.AsBytes(planar.AsSpan()).ToArray();
        var payload = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[Channels.Length];
        var header = BlockEncoder.Encode(SampleType.Float64, bytes, Channels.Length, payload, summaries);
        return new(
            0,
            range.Start + (range.Start < Leap.At ? 0 : Leap.Count),
            header,
            payload.WrittenMemory,
            SHA256.HashData(bytes),
            BlockSummary.Write(SampleType.Float64, summaries)
        );
    }
}
