using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;

namespace Dendrite.Storage.Backups;

/// <summary>
/// One digest for all that can be seen at a state: equal content, equal digest, whatever timelines and versions it lies
/// in and however its samples are encoded. Reads every visible row once and no payload; memory is bounded by the number
/// of streams and datasets, 100 bytes each.
/// </summary>
/// <remarks>
/// <code>
/// SHA-256( "dendrite content 1"
///   streams by name:   'S' descriptor
///     blocks by sample and group: 'B' group first count shown-from shown-to hidden (8 each) SHA-256 of the samples
///                                  metadata   masks that hide some of its channels
///     gaps, anchors, annotations, masks by their keys: 'R' row
///   datasets by name:  'D' definition
///     records by key:  'K' key   SHA-256 of the document )
/// </code>
/// Numbers are big-endian. Rows, names and keys are led by their length in bytes (8). Rows are the canonical form of
/// their JSON (<see cref="CanonicalJson"/>) without what says where and when they were written.
/// </remarks>
public sealed class ContentDigester(PlatformDatabase database)
{
    private const long EndOfTime = 1L << 62;

    private readonly BlockStore blocks = new(database);
    private readonly ContentReader content = new(database);

    /// <summary>The digest, 32 bytes.</summary>
    /// <param name="snapshot">What is seen.</param>
    public async Task<byte[]> ComputeAsync(ProjectId project, Snapshot snapshot, CancellationToken cancellationToken)
    {
        using var hash = new Writer();
        hash.Add("dendrite content 1"u8);
        foreach (var stream in await content.ListStreamsAsync(project, snapshot, cancellationToken))
        {
            hash.Add("S"u8);
            hash.AddRow(stream.Json);
            await AddBlocksAsync(hash, project, snapshot, stream, cancellationToken);
            await foreach (var row in content.ReadPartsAsync(project, snapshot, stream.Id, cancellationToken))
            {
                hash.Add("R"u8);
                hash.AddRow(row);
            }
        }

        foreach (var dataset in await content.ListDatasetsAsync(project, snapshot, cancellationToken))
        {
            hash.Add("D"u8);
            hash.AddRow(dataset.Json);
            await foreach (var record in content.ReadRecordsAsync(project, snapshot, dataset.Id, cancellationToken))
            {
                hash.Add("K"u8);
                hash.AddText(record.Key);
                hash.Add(record.Digest);
            }
        }

        return hash.Complete();
    }

    private async Task AddBlocksAsync(
        Writer hash,
        ProjectId project,
        Snapshot snapshot,
        ContentStream stream,
        CancellationToken cancellationToken
    )
    {
        int[] groups = [.. Enumerable.Range(0, stream.GroupCount)];
        var read = blocks.ReadDigestsAsync(project, snapshot, stream.Id, groups, new(0, EndOfTime), cancellationToken);
        await foreach (var block in read)
        {
            hash.Add("B"u8);
            hash.Add(block.ChannelGroup, block.FirstSample, block.SampleCount);
            hash.Add(block.Visible.Start, block.Visible.End, block.HiddenBy is null ? 0 : 1);
            hash.Add(block.SampleDigest.Span);
            hash.AddRow(block.MetadataJson ?? "null");
            hash.Add(block.ChannelMasks.Count);
            foreach (var channel in block.ChannelMasks.SelectMany(mask => mask.Channels).Order(StringComparer.Ordinal))
            {
                hash.AddText(Encoding.UTF8.GetBytes(channel));
            }
        }
    }

    private sealed class Writer : IDisposable
    {
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public void Add(ReadOnlySpan<byte> bytes) => hash.AppendData(bytes);

        public void Add(params ReadOnlySpan<long> numbers)
        {
            Span<byte> bytes = stackalloc byte[sizeof(long)];
            foreach (var number in numbers)
            {
                BinaryPrimitives.WriteInt64BigEndian(bytes, number);
                hash.AppendData(bytes);
            }
        }

        public void AddText(ReadOnlySpan<byte> bytes)
        {
            Add((long)bytes.Length);
            Add(bytes);
        }

        public void AddRow(string json) => AddText(CanonicalJson.Of(json));

        public byte[] Complete() => hash.GetHashAndReset();

        public void Dispose() => hash.Dispose();
    }
}
