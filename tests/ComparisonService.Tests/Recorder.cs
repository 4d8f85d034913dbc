using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Requests;
using Dendrite.Storage.Signals;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Tags;

namespace Dendrite.ComparisonService.Tests;

/// <summary>Forks branches and records into them through the stores that Branch and Ingest use.</summary>
public sealed class Recorder(ProjectId project, PlatformDatabase asBranch, PlatformDatabase asIngest)
{
    public const int BlockSamples = 100;

    private int count = 10;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A fork of a branch as it is now.</summary>
    public async Task ForkAsync(string name, string from = "main")
    {
        var branches = new BranchStore(asBranch);
        var writer = new BranchWriter(asBranch, branches, new IdempotencyStore(asBranch));
        var forker = new BranchForker(asBranch, new SnapshotReader(asBranch), writer);
        var branch = new NewBranch(name, ComparisonFixture.NewUid(count++), from, SnapshotPoint.Head)
        {
            Owner = "tests",
        };
        var mutation = new Mutation("tests", "Fork", "projects/lab") { RequestDigest = new byte[32] };
        await forker.CreateAsync(project, branch, mutation, Token);
    }

    /// <summary>Tags a branch as it is now.</summary>
    public async Task TagAsync(string name, string branch)
    {
        var tag = new NewTag(name, ComparisonFixture.NewUid(count++), branch, SnapshotPoint.Head) { Creator = "tests" };
        var mutation = new Mutation("tests", "Tag", "projects/lab") { RequestDigest = new byte[32] };
        var tags = new TagWriter(asBranch, new SnapshotReader(asBranch));
        await tags.CreateAsync(project, tag, mutation, Token);
    }

    /// <summary>
    /// Appends blocks of <see cref="BlockSamples"/> samples, one for each content; makes the stream where it does not
    /// exist.
    /// </summary>
    /// <param name="contents">The value of every sample of the block.</param>
    public Task RecordAsync(string branch, string stream, short[] contents, params string[] channels)
    {
        var count = Labels(channels).Length * BlockSamples;
        short[][] blocks = [.. contents.Select(value => Enumerable.Repeat(value, count).ToArray())];
        return AppendAsync(branch, stream, blocks, channels);
    }

    /// <summary>Appends blocks as they are given; makes the stream where it does not exist.</summary>
    /// <param name="blocks">Of each the samples, planar.</param>
    public Task AppendAsync(string branch, string stream, short[][] blocks, params string[] channels) =>
        AppendAsync(
            branch,
            Describe(stream, SampleType.Int16, Labels(channels)),
            [.. blocks.Select(block => MemoryMarshal.AsBytes(block.AsSpan()).ToArray())]
        );

    /// <summary>Appends one block of one channel <c>LFP</c> of float32.</summary>
    public Task AppendFloatsAsync(string branch, string stream, float[] block) =>
        AppendAsync(
            branch,
            Describe(stream, SampleType.Float32, ["LFP"]),
            [MemoryMarshal.AsBytes(block.AsSpan()).ToArray()]
        );

    private async Task AppendAsync(string branch, SignalStreamDescriptor descriptor, byte[][] blocks)
    {
        var seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var author = new CommitAuthor(project, seen.Timeline, "tests", "");
        var streams = new SignalStreamStore(asIngest);
        if (await streams.FindAsync(project, seen.Snapshot, descriptor.Name, Token) is null)
        {
            await streams.CreateAsync(author, ComparisonFixture.NewUid(count++), descriptor, Token);
        }

        if (blocks.Length == 0)
        {
            return;
        }

        await AppendAsync(
            branch,
            descriptor.Name,
            empty =>
            {
                var next = empty.FirstSample;
                List<NewBlock> made = [];
                foreach (var block in blocks)
                {
                    made.Add(Block(next, descriptor.Channels[0].SampleType, block, descriptor.Channels.Count));
                    next += made[^1].Header.SampleCount;
                }

                return empty with
                {
                    Blocks = made,
                    GroupEnds = [next],
                };
            }
        );
    }

    /// <summary>Declares that samples are missing where a stream of one channel group ends.</summary>
    public Task GapAsync(string branch, string stream, long samples) =>
        AppendAsync(
            branch,
            stream,
            empty =>
                empty with
                {
                    Gaps = [new(new(empty.FirstSample, empty.FirstSample + samples), null, GapCause.Declared, "")],
                    GroupEnds = [empty.FirstSample + samples],
                }
        );

    /// <summary>Notes something about a sample.</summary>
    public Task AnnotateAsync(string branch, string stream, Guid id, long sample, string text) =>
        AppendAsync(branch, stream, empty => empty with { Annotations = [new(id, sample, text)] });

    /// <summary>Says when a sample was taken, in nanoseconds since 1970.</summary>
    public Task AnchorAsync(string branch, string stream, long sample, long instantNs) =>
        AppendAsync(branch, stream, empty => empty with { Anchors = [new(sample, instantNs)] });

    /// <summary>Appends to a stream of one channel group that is there.</summary>
    /// <param name="fill">Given an append of nothing, gives the one that is wanted.</param>
    private async Task AppendAsync(string branch, string stream, Func<StreamAppend, StreamAppend> fill)
    {
        var seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var found = await new SignalStreamStore(asIngest).FindAsync(project, seen.Snapshot, stream, Token);
        var claim = new WriterClaim(found!.StreamId, 1, "tests");
        var lease = await new WriterStore(asIngest).OpenAsync(project, seen.Timeline, claim, Token);
        long[] here = [lease!.NextSample];
        var append = fill(new(found.StreamId, lease.Epoch, here, here));
        var author = new CommitAuthor(project, seen.Timeline, "tests", "");
        var result = await new AppendStore(asIngest).CommitAsync(author, seen.Snapshot, [append], Token);
        Assert.Empty(result.Fenced);
    }

    /// <summary>Hides samples of a stream.</summary>
    /// <param name="channels">None for all.</param>
    public async Task MaskAsync(string branch, string stream, long start, long end, params string[] channels)
    {
        var seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var found = await new SignalStreamStore(asIngest).FindAsync(project, seen.Snapshot, stream, Token);
        var mask = new JsonObject
        {
            ["stream_id"] = found!.StreamId,
            ["mask_id"] = ComparisonFixture.NewUid(count++).ToString(),
            ["deleted"] = false,
            ["first_sample"] = start,
            ["end_sample"] = end,
            ["channels"] = new JsonArray([.. channels.Select(label => JsonValue.Create(label))]),
            ["reason"] = "a test",
        };
        var mutation = new Mutation("tests", "MaskSamples", stream) { RequestDigest = new byte[32] };
        await using var held = await SignalTransaction.BeginAsync(asIngest, project, seen.Timeline, Token);
        await held.CommitAsync(new("Mask", mutation, [new(VersionedTable.Mask, mask)]), Token);
    }

    private static string[] Labels(string[] channels) => channels.Length > 0 ? channels : ["C3", "C4"];

    private static SignalStreamDescriptor Describe(string name, SampleType type, string[] labels) =>
        new(
            name,
            new(100, 1),
            0,
            [.. labels.Select(label => new SignalChannel(label, type, ChannelGroup: 0) { Unit = "uV" })]
        );

    private static NewBlock Block(long first, SampleType type, byte[] planar, int channels)
    {
        var payload = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[channels];
        var header = BlockEncoder.Encode(type, planar, channels, payload, summaries);
        return new(
            0,
            first,
            header,
            payload.WrittenMemory,
            SHA256.HashData(planar),
            BlockSummary.Write(type, summaries)
        );
    }
}
