using System.Buffers;
using System.Security.Cryptography;
using Dendrite.Benchmarks.Branching;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>
/// A recording of 64 channels at 1 kHz in a branch, and two forks that each recorded the minute after it. Noise, so
/// that nothing makes the blocks smaller: 31 KB for a quarter of a second.
/// </summary>
internal sealed class ComparedRecordings(BenchmarkPlatform platform)
{
    public const string Stream = "eeg";
    private const string Base = "heard";
    public const string Old = "heard-a";
    public const string New = "heard-b";

    /// <summary>60 s of 240 samples each.</summary>
    public const int BlocksOfMinute = 250;

    private const int Channels = 64;
    private const int Samples = 240;
    private const int BlocksOfCommit = 500;

    private readonly PlatformDatabase database = new(platform.Ingest);

    /// <summary>Payload that both branches share, in bytes.</summary>
    public long SharedBytes { get; private set; }

    public async Task FillAsync(long sharedBytes, int differingBlocks, CancellationToken cancellationToken)
    {
        // Main takes merges only.
        await platform.BranchAsync(Base, "main");
        var head = await HeadAsync(Base, cancellationToken);
        var author = new CommitAuthor(platform.ProjectId, head.Timeline, "benchmark", "");
        await new SignalStreamStore(database).CreateAsync(author, Guid.CreateVersion7(), Describe(), cancellationToken);
        var block = Block(seed: 1);
        var blocks = (int)((sharedBytes - 1) / block.Payload.Length) + 1;
        await AppendAsync(Base, block, blocks, cancellationToken);
        SharedBytes = (long)blocks * block.Payload.Length;
        await platform.BranchAsync(Old, Base);
        await platform.BranchAsync(New, Base);
        await AppendAsync(Old, Block(seed: 2), differingBlocks, cancellationToken);
        await AppendAsync(New, Block(seed: 3), differingBlocks, cancellationToken);
        await platform.TidyAsync("signals.block");
    }

    public async Task<(BranchSnapshot Head, SignalStream Stream)> FindAsync(
        string branch,
        CancellationToken cancellation
    )
    {
        var head = await HeadAsync(branch, cancellation);
        var stream = await new SignalStreamStore(database).FindAsync(
            platform.ProjectId,
            head.Snapshot,
            Stream,
            cancellation
        );
        return (head, stream!);
    }

    private Task<BranchSnapshot> HeadAsync(string branch, CancellationToken cancellationToken) =>
        new SnapshotReader(database).ReadAsync(platform.ProjectId, branch, SnapshotPoint.Head, cancellationToken);

    private async Task AppendAsync(string branch, NewBlock block, int blocks, CancellationToken cancellationToken)
    {
        var (head, stream) = await FindAsync(branch, cancellationToken);
        var author = new CommitAuthor(platform.ProjectId, head.Timeline, "benchmark", "");
        var claim = new WriterClaim(stream.StreamId, 1, "benchmark");
        var lease = await new WriterStore(database).OpenAsync(
            platform.ProjectId,
            head.Timeline,
            claim,
            cancellationToken
        );
        var next = lease!.NextSample;
        for (var left = blocks; left > 0; left -= BlocksOfCommit)
        {
            var count = Math.Min(left, BlocksOfCommit);
            var first = next;
            var append = new StreamAppend(stream.StreamId, lease.Epoch, [first], [first + (count * Samples)])
            {
                Blocks =
                [
                    .. Enumerable.Range(0, count).Select(i => block with { FirstSample = first + (i * Samples) }),
                ],
            };
            var seen = (await HeadAsync(branch, cancellationToken)).Snapshot;
            await new AppendStore(database).CommitAsync(author, seen, [append], cancellationToken);
            next += count * Samples;
        }
    }

    private static SignalStreamDescriptor Describe() =>
        new(
            Stream,
            new(1_000, 1),
            0,
            [
                .. Enumerable
                    .Range(1, Channels)
                    .Select(i => new SignalChannel($"E{i}", SampleType.Int16, ChannelGroup: 0) { Unit = "uV" }),
            ]
        );

    private static NewBlock Block(int seed)
    {
        var planar = new byte[Channels * Samples * sizeof(short)];
        new Random(seed).NextBytes(planar);
        var payload = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[Channels];
        var header = BlockEncoder.Encode(SampleType.Int16, planar, Channels, payload, summaries);
        var summary = BlockSummary.Write(SampleType.Int16, summaries);
        return new(0, 0, header, payload.WrittenMemory, SHA256.HashData(planar), summary);
    }
}
