using System.Runtime.CompilerServices;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Benchmarks.Reporting;
using Dendrite.Signals.Blocks;

namespace Dendrite.Benchmarks.Codec;

/// <summary>
/// How small recordings become and how fast, on one core, beside what people use for them: FLAC and WavPack channel by
/// channel, Zstandard and LZ4 on the whole recording, channel after channel.
/// </summary>
/// <remarks>
/// Goals: both efforts of the codec on real recordings, in blocks as they are stored. Not a goal: synthetic signals,
/// though files of generators are shown. The other programs' rates include the start of a process and reading and
/// writing files, so on short recordings they say little; hence rates of long ones only.
/// </remarks>
internal sealed class CodecBenchmark : IBenchmark
{
    private const string Sizes = "sizes";
    private const string Rates = "rates";

    private const int FewestSamplesForRates = 50_000;
    private const double FastDecoding = 1000;
    private const double FastEncoding = 400;
    private const double DenseDecoding = 100;

    public string Name => "codec";

    public string Summary => "size and speed of blocks, against flac, wavpack, zstd and lz4";

    public IReadOnlyList<string> Parts => [Sizes, Rates];

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        Selection selection,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        bool tiny = selection.Extent == Extent.Tiny;
        var (rounds, round) = tiny ? (1, TimeSpan.Zero) : (5, TimeSpan.FromSeconds(0.05));
        var others = OtherCoder.All.Where(coder => coder.IsInstalled).ToList();
        var recordings = tiny
            ? new[] { CodecRecordings.Synthetic() }.ToAsyncEnumerable()
            : CodecRecordings.ReadAsync(cancellationToken);
        await foreach (var recording in recordings)
        {
            var measured = new MeasuredRecording(
                recording,
                OwnCoder.Fast.Run(recording, rounds, round),
                OwnCoder.Dense().Run(recording, rounds, round)
            );
            foreach (var other in others)
            {
                if (await other.RunAsync(recording, cancellationToken) is { } result)
                {
                    measured.Others.Add((other.Name, result));
                }
            }
            foreach (var result in Results(measured, selection))
            {
                yield return result;
            }
        }
    }

    private static IEnumerable<BenchmarkResult> Results(MeasuredRecording measured, Selection selection)
    {
        var all = selection.Parts;
        bool longEnough = measured.Recording.TotalSamples >= FewestSamplesForRates || selection.Extent == Extent.Tiny;
        var sizes = all.Count == 0 || all.Contains(Sizes) ? SizesOf(measured) : [];
        var rates = longEnough && (all.Count == 0 || all.Contains(Rates)) ? RatesOf(measured) : [];
        return sizes.Concat(rates);
    }

    private static IEnumerable<BenchmarkResult> SizesOf(MeasuredRecording measured)
    {
        var recording = measured.Recording;
        double raw = recording.Type.SizeBytes() * 8;
        double fast = measured.Fast.BitsPerSample(recording);
        double dense = measured.Dense.BitsPerSample(recording);
        var others = measured
            .Others.Select(other => (other.Name, Bits: other.Result.BitsPerSample(recording)))
            .ToList();

        var strong = others.FirstOrDefault(other => other.Name == "zstd -19", (Name: "raw", Bits: raw));
        yield return Size(recording, "fast", fast, strong, recording.IsReal);
        var best = others.Append((Name: "fast", Bits: fast)).MinBy(other => other.Bits);
        yield return Size(recording, "dense", dense, best, recording.IsReal);
        foreach (var (name, bits) in others)
        {
            yield return Size(recording, name, bits, ("fast", fast), hasAim: false);
        }
    }

    private static BenchmarkResult Size(
        CodecRecording recording,
        string coder,
        double bits,
        (string Name, double Bits) baseline,
        bool hasAim
    ) =>
        new(
            $"{recording.Name}: {coder} (against {baseline.Name})",
            "bits/sample",
            new Series([bits]),
            baseline.Name,
            new Series([baseline.Bits]),
            hasAim ? Aim.AtMost(Math.Round(baseline.Bits, 2)) : null
        );

    private static IEnumerable<BenchmarkResult> RatesOf(MeasuredRecording measured)
    {
        bool aims = measured.Recording.IsReal && measured.Recording.Type == SampleType.Int16;
        string name = measured.Recording.Name;
        var (fast, dense) = (measured.Fast, measured.Dense);
        yield return Rate(name, "fast encodes", fast.Encoding, ("dense", dense.Encoding), aims ? FastEncoding : null);
        yield return Rate(name, "fast decodes", fast.Decoding, ("dense", dense.Decoding), aims ? FastDecoding : null);
        yield return Rate(name, "dense encodes", dense.Encoding, ("fast", fast.Encoding), aim: null);
        yield return Rate(name, "dense decodes", dense.Decoding, ("fast", fast.Decoding), aims ? DenseDecoding : null);
        foreach (var (other, result) in measured.Others)
        {
            yield return Rate(name, $"{other} encodes", result.Encoding, ("fast", fast.Encoding), aim: null);
            yield return Rate(name, $"{other} decodes", result.Decoding, ("fast", fast.Decoding), aim: null);
        }
    }

    private static BenchmarkResult Rate(
        string recording,
        string what,
        Series rate,
        (string Name, Series Rate) baseline,
        double? aim
    ) =>
        new(
            $"{recording}: {what}",
            "M samples/s",
            rate,
            baseline.Name,
            baseline.Rate,
            aim is { } least ? Aim.AtLeast(least) : null
        );

    private sealed record MeasuredRecording(CodecRecording Recording, CodingResult Fast, CodingResult Dense)
    {
        public List<(string Name, CodingResult Result)> Others { get; } = [];
    }
}
