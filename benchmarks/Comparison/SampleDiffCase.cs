using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Branching;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Dendrite.Storage;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using SampleBlock = Dendrite.Signals.Blocks.SampleBlock;
using SampleRange = Dendrite.Storage.Signals.SampleRange;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>
/// Two branches that share all of a recording but its last minute, compared sample by sample (DiffStream), and how much
/// of their payload had to be read.
/// </summary>
internal sealed class SampleDiffCase(BenchmarkPlatform platform, ComparisonSize size)
{
    private const string Baseline = "reading and decoding both wholly";

    private readonly ComparedRecordings recordings = new(platform);

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await recordings.FillAsync(size.SharedBytes, size.DifferingBlocks, cancellationToken);
        var read = await DiffAsync(cancellationToken);
        var diff = await Latencies.MeasureAsync(size.Rounds, 3, 0.5, _ => DiffAsync(cancellationToken));
        var whole = 0L;
        var wholly = await Latencies.MeasureAsync(
            1,
            1,
            1,
            async _ =>
                whole =
                    await ReadAsync(ComparedRecordings.Old, cancellationToken)
                    + await ReadAsync(ComparedRecordings.New, cancellationToken)
        );
        var name = $"recordings that share {recordings.SharedBytes / 1e6:#,0} MB and differ in a minute";
        yield return new BenchmarkResult(name, "ms", diff, Baseline, wholly, null);
        yield return new BenchmarkResult(
            $"{name}: read",
            "MB",
            new Series([read / 1e6]),
            Baseline,
            new Series([whole / 1e6]),
            null
        );
    }

    /// <returns>Bytes of payload that were read.</returns>
    private async Task<long> DiffAsync(CancellationToken cancellationToken)
    {
        var project = $"projects/{BenchmarkPlatform.Project}";
        var request = new DiffStreamRequest
        {
            Project = project,
            Comparand = new()
            {
                From = new() { Branch = $"{project}/branches/{ComparedRecordings.Old}" },
                To = new() { Branch = $"{project}/branches/{ComparedRecordings.New}" },
            },
            StreamId = ComparedRecordings.Stream,
            Exact = true,
        };
        var diff = await platform.Comparisons.DiffStreamAsync(
            request,
            platform.Key,
            cancellationToken: cancellationToken
        );
        return diff.Channels.All(channel => channel.DifferingSamples > 0)
            ? diff.ReadBytes
            : throw new InvalidOperationException("Noise is said to be the same.");
    }

    private async Task<long> ReadAsync(string branch, CancellationToken cancellationToken)
    {
        var (head, stream) = await recordings.FindAsync(branch, cancellationToken);
        var blocks = new BlockStore(new PlatformDatabase(platform.Comparison)).ReadAsync(
            platform.ProjectId,
            head.Snapshot,
            stream.StreamId,
            [0],
            new SampleRange(0, long.MaxValue),
            cancellationToken
        );
        var (bytes, samples) = (0L, Array.Empty<byte>());
        await foreach (var block in blocks)
        {
            bytes += block.Payload.Length;
            samples = Decode(block.Payload, samples);
        }

        return bytes;
    }

    private static byte[] Decode(byte[] payload, byte[] samples)
    {
        var block = SampleBlock.Open(payload);
        samples = samples.Length == block.Header.DecodedBytes ? samples : new byte[block.Header.DecodedBytes];
        block.Decode(samples);
        return samples;
    }
}
