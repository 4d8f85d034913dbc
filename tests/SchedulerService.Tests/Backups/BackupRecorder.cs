using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;

namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>Records signals as Ingest does: blocks of a slow wave, gaps, anchors, annotations and masks.</summary>
internal sealed class BackupRecorder(ProjectId project, PlatformDatabase database, int seed)
{
    private const int BlockSamples = 500;
    private static readonly string[] Labels = ["C3", "C4", "Cz"];

    private readonly Random random = new(seed);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Makes the stream where it does not exist, and appends blocks to it, with a gap between two.</summary>
    public async Task AppendAsync(string branch, string stream, int blocks)
    {
        var found = await FindOrMakeAsync(branch, stream);
        var seen = await SeeAsync(branch);
        var claim = new WriterClaim(found.StreamId, 1, "tests");
        var lease = await new WriterStore(database).OpenAsync(project, seen.Timeline, claim, Token);
        var first = lease!.NextSample;
        var next = first + 100;
        List<NewBlock> made = [];
        for (var i = 0; i < blocks; i++)
        {
            made.Add(Block(next));
            next += BlockSamples;
        }

        var append = new StreamAppend(found.StreamId, lease.Epoch, [first], [next])
        {
            Blocks = made,
            Gaps = [new(new(first, first + 100), null, GapCause.Paused, "a test")],
            Anchors = [new(first, first * 10_000_000) { DeviceSeconds = first / 100.0 }],
            Annotations = [new(NewUid(), first, "a note") { Category = "test", Channels = ["C3"] }],
        };
        var author = new CommitAuthor(project, seen.Timeline, "tests", $"{blocks} blocks of {stream}");
        var result = await new AppendStore(database).CommitAsync(author, seen.Snapshot, [append], Token);
        Assert.Empty(result.Fenced);
    }

    /// <summary>Hides samples of a stream.</summary>
    public async Task MaskAsync(string branch, string stream, long start, long end, params string[] channels)
    {
        var found = await FindOrMakeAsync(branch, stream);
        var seen = await SeeAsync(branch);
        var mask = new JsonObject
        {
            ["stream_id"] = found.StreamId,
            ["mask_id"] = NewUid().ToString(),
            ["deleted"] = false,
            ["first_sample"] = start,
            ["end_sample"] = end,
            ["channels"] = new JsonArray([.. channels.Select(label => JsonValue.Create(label))]),
            ["reason"] = "a test",
        };
        var mutation = new Mutation("tests", "MaskSamples", stream) { RequestDigest = new byte[32] };
        await using var held = await SignalTransaction.BeginAsync(database, project, seen.Timeline, Token);
        await held.CommitAsync(new("Mask", mutation, [new(VersionedTable.Mask, mask)]), Token);
    }

    private async Task<SignalStream> FindOrMakeAsync(string branch, string stream)
    {
        var seen = await SeeAsync(branch);
        var streams = new SignalStreamStore(database);
        if (await streams.FindAsync(project, seen.Snapshot, stream, Token) is { } found)
        {
            return found;
        }

        var channels = Labels.Select(label => new SignalChannel(label, SampleType.Int16, 0) { Unit = "uV" });
        var descriptor = new SignalStreamDescriptor(stream, new(100, 1), 0, [.. channels]);
        var author = new CommitAuthor(project, seen.Timeline, "tests", $"make {stream}");
        return (await streams.CreateAsync(author, NewUid(), descriptor, Token)).Stream;
    }

    private Task<BranchSnapshot> SeeAsync(string branch) =>
        new SnapshotReader(database).ReadAsync(project, branch, SnapshotPoint.Head, Token);

    private NewBlock Block(long first)
    {
        var samples = new short[BlockSamples * Labels.Length];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (short)((1_000 * Math.Sin((first + i) / 40.0)) + random.Next(-30, 30));
        }

        var planar = MemoryMarshal.AsBytes(samples.AsSpan());
        var payload = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[Labels.Length];
        var header = BlockEncoder.Encode(SampleType.Int16, planar, Labels.Length, payload, summaries);
        var summary = BlockSummary.Write(SampleType.Int16, summaries);
        return new(0, first, header, payload.WrittenMemory, SHA256.HashData(planar), summary);
    }

    private Guid NewUid()
    {
        var bytes = new byte[16];
        random.NextBytes(bytes);
        return new(bytes);
    }
}
