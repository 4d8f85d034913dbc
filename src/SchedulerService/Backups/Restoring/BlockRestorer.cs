using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dendrite.Backups.Format;
using Dendrite.Signals.Blocks;
using Dendrite.Storage.Backups;

namespace Dendrite.SchedulerService.Backups.Restoring;

/// <summary>
/// Blocks of a chunk, verified as at the door of Ingest: each payload is decoded whole, and the samples of each block
/// have the digest that it says. One for each chunk; holds the samples of one payload.
/// </summary>
internal sealed class BlockRestorer(Chunk chunk, long through, RestoreMaps maps)
{
    private (long Sample, BlockHeader Header, byte[] Samples)? carrier;
    private ReadOnlyMemory<byte> payloads = chunk.Payloads;

    /// <exception cref="BackupFormatException">A block is not what it says.</exception>
    public IReadOnlyList<RestoredBlock> Read()
    {
        var blocks = new List<RestoredBlock>();
        foreach (var row in RowRestorer.Read(chunk, long.MaxValue))
        {
            var block = ReadOne(row);
            // Behind the state: its payload had to be passed over.
            if (RowRestorer.NumberOf(row, "version") <= through)
            {
                blocks.Add(block);
            }
        }

        return blocks;
    }

    private RestoredBlock ReadOne(JsonObject row)
    {
        var payload = TakePayload(RowRestorer.NumberOf(row, "payload"));
        var source = RowRestorer.NumberOf(row, "stream_id");
        var form = new StoredForm(RowRestorer.NumberOf(row, "first_sample"), IntOf(row, "sample_count"))
        {
            CarrierSample = row["carrier_sample"] is null ? null : RowRestorer.NumberOf(row, "carrier_sample"),
            Format = (short)IntOf(row, "format"),
            Checksum = IntOf(row, "checksum"),
            Summary = Base64Of(row, "summary"),
            Payload = payload,
        };
        var digest = Base64Of(row, "sample_digest");
        Verify(form, digest);
        return new(
            maps.Streams.TryGetValue(source, out var stream)
                ? stream
                : throw new BackupFormatException($"a block is of stream {source}, which the backup does not hold"),
            IntOf(row, "channel_group"),
            maps.Versions[RowRestorer.NumberOf(row, "version")],
            form
        )
        {
            SampleDigest = digest,
            MetadataJson = row["metadata"] is null ? null : RowRestorer.TextOf(row, "metadata"),
        };
    }

    private byte[] TakePayload(long length)
    {
        if (length < 0 || length > payloads.Length)
        {
            throw new BackupFormatException($"a block has {length} bytes of payload, and {payloads.Length} are left");
        }

        var payload = payloads[..(int)length].ToArray();
        payloads = payloads[(int)length..];
        return payload;
    }

    private void Verify(StoredForm form, byte[] digest)
    {
        try
        {
            if (form.Payload.Length > 0)
            {
                var opened = SampleBlock.Open(form.Payload);
                var samples = new byte[opened.Header.DecodedBytes];
                opened.Decode(samples);
                carrier = (form.FirstSample, opened.Header, samples);
                Require(form, (int)opened.Header.Checksum == form.Checksum, "has another checksum than its payload");
            }

            var held = carrier ?? throw new BackupFormatException($"block {form.FirstSample} has no samples");
            Require(form, held.Sample == (form.CarrierSample ?? form.FirstSample), "hangs on another block");
            var start = form.FirstSample - held.Sample;
            Require(form, form.SampleCount > 0, "is empty");
            Require(
                form,
                start >= 0 && start + form.SampleCount <= held.Header.SampleCount,
                "reaches beyond its payload"
            );
            var actual = Digest(held.Samples, held.Header, (int)start, form.SampleCount);
            Require(form, actual.AsSpan().SequenceEqual(digest), "holds other samples than it says");
        }
        catch (BlockFormatException damage)
        {
            throw new BackupFormatException($"block {form.FirstSample} cannot be read: {damage.Message}", null, damage);
        }
    }

    private static byte[] Digest(byte[] planar, BlockHeader header, int start, int count)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var sampleBytes = header.SampleType.SizeBytes();
        for (var channel = 0; channel < header.ChannelCount; channel++)
        {
            hash.AppendData(
                planar.AsSpan((channel * header.ChannelBytes) + (start * sampleBytes), count * sampleBytes)
            );
        }

        return hash.GetHashAndReset();
    }

    private static void Require(StoredForm form, bool holds, string problem)
    {
        if (!holds)
        {
            throw new BackupFormatException($"block {form.FirstSample} {problem}");
        }
    }

    private static int IntOf(JsonObject row, string column) =>
        RowRestorer.NumberOf(row, column) is >= int.MinValue and <= int.MaxValue and var number
            ? (int)number
            : throw new BackupFormatException($"{column} of a block is too large");

    private static byte[] Base64Of(JsonObject row, string column)
    {
        try
        {
            return Convert.FromBase64String(RowRestorer.TextOf(row, column));
        }
        catch (FormatException malformed)
        {
            throw new BackupFormatException($"{column} of a block is not in base 64", null, malformed);
        }
    }
}
