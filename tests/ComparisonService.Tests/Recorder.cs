using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dendrite.Signals.Blocks;
using Dendrite.Storage;
using Dendrite.Storage.Branches;
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
        var (snapshots, requests) = (new SnapshotReader(asBranch), new IdempotencyStore(asBranch));
        var tag = new NewTag(name, ComparisonFixture.NewUid(count++), branch, SnapshotPoint.Head) { Creator = "tests" };
        var mutation = new Mutation("tests", "Tag", "projects/lab") { RequestDigest = new byte[32] };
        var tags = new TagWriter(asBranch, new TagStore(asBranch), snapshots, requests);
        await tags.CreateAsync(project, tag, mutation, Token);
    }

    /// <summary>
    /// Appends blocks of <see cref="BlockSamples"/> samples, one for each content; makes the stream where it does not
    /// exist.
    /// </summary>
    /// <param name="contents">The value of every sample of the block.</param>
    public async Task RecordAsync(string branch, string stream, short[] contents, params string[] channels)
    {
        var labels = channels.Length > 0 ? channels : ["C3", "C4"];
        var seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var author = new CommitAuthor(project, seen.Timeline, "tests", "");
        var streams = new SignalStreamStore(asIngest);
        var found =
            await streams.FindAsync(project, seen.Snapshot, stream, Token)
            ?? (
                await streams.CreateAsync(author, ComparisonFixture.NewUid(count++), Describe(stream, labels), Token)
            ).Stream;
        seen = await new SnapshotReader(asIngest).ReadAsync(project, branch, SnapshotPoint.Head, Token);
        var claim = new WriterClaim(found.StreamId, 1, "tests");
        var lease = await new WriterStore(asIngest).OpenAsync(project, seen.Timeline, claim, Token);
        var start = lease!.NextSample;
        var append = new StreamAppend(found.StreamId, lease.Epoch, [start], [start + (contents.Length * BlockSamples)])
        {
            Blocks = [.. contents.Select((value, i) => Block(start + (i * BlockSamples), value, labels.Length))],
        };
        var result = await new AppendStore(asIngest).CommitAsync(author, seen.Snapshot, [append], Token);
        Assert.Empty(result.Fenced);
    }

    private static SignalStreamDescriptor Describe(string name, string[] labels) =>
        new(
            name,
            new(100, 1),
            0,
            [.. labels.Select(label => new SignalChannel(label, SampleType.Int16, ChannelGroup: 0) { Unit = "uV" })]
        );

    private static NewBlock Block(long first, short value, int channels)
    {
        var samples = new short[channels * BlockSamples];
        samples.AsSpan().Fill(value);
        var payload = new ArrayBufferWriter<byte>();
        var summaries = new ChannelSummary[channels];
        var header = BlockEncoder.Encode(samples, channels, payload, summaries);
        var digest = SHA256.HashData(MemoryMarshal.AsBytes(samples.AsSpan()));
        return new(0, first, header, payload.WrittenMemory, digest, BlockSummary.Write(SampleType.Int16, summaries));
    }
}
