using System.Diagnostics;
using Dendrite.Benchmarks.Measuring;
using Dendrite.Signals.Blocks;

namespace Dendrite.Benchmarks.Codec;

/// <summary>A compressor that people use, run as its program: one process for a whole recording.</summary>
/// <param name="Name">With its level: <c>flac -8</c>.</param>
internal sealed record OtherCoder(string Name)
{
    /// <summary>The ending of what it writes.</summary>
    public required string Extension { get; init; }

    /// <summary>Program and arguments before the files; null where it has no such samples.</summary>
    public required Func<SampleType, string[]?> Encode { get; init; }

    public required Func<SampleType, string[]> Decode { get; init; }

    /// <summary>Whether it codes one channel at a time; others get the whole recording, planar, as one file.</summary>
    public bool ByChannel { get; init; }

    public static IReadOnlyList<OtherCoder> All { get; } =
    [
        new("flac -8")
        {
            Extension = ".flac",
            ByChannel = true,
            Encode = type =>
                IsFloat(type) ? null : ["flac", "-8", "-s", "-f", "--no-padding", "--channels=1", .. RawFlac(type)],
            Decode = type => ["flac", "-d", "-s", "-f", .. RawFlac(type)[..3]],
        },
        new("wavpack -hh")
        {
            Extension = ".wv",
            ByChannel = true,
            Encode = type =>
                type == SampleType.Float64
                    ? null
                    : ["wavpack", "-hh", "-q", "-y", $"--raw-pcm=8000,{RawWavPack(type)},1"],
            Decode = _ => ["wvunpack", "-q", "-y", "-r"],
        },
        Zstd("-3"),
        Zstd("-19"),
        new("lz4")
        {
            Extension = ".lz4",
            Encode = _ => ["lz4", "-q", "-f", "-m"],
            Decode = _ => ["lz4", "-d", "-q", "-f", "-m"],
        },
    ];

    public bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .Any(folder => File.Exists(Path.Combine(folder, Encode(SampleType.Int16)![0])));

    /// <summary>Encodes and decodes a recording; null where it cannot.</summary>
    public async Task<CodingResult?> RunAsync(CodecRecording recording, CancellationToken cancellationToken)
    {
        if (Encode(recording.Type) is not { } encode)
        {
            return null;
        }
        var folder = Directory.CreateTempSubdirectory("codec-");
        try
        {
            string[] raw = await WriteAsync(recording, folder.FullName, cancellationToken);
            string[] encoded =
            [
                .. raw.Select(file => (ByChannel ? Path.ChangeExtension(file, null) : file) + Extension),
            ];
            double encoding = await TimeAsync(encode, raw, folder.FullName, cancellationToken);
            long bytes = encoded.Sum(file => new FileInfo(file).Length);
            double decoding = await TimeAsync(Decode(recording.Type), encoded, folder.FullName, cancellationToken);
            double millions = recording.TotalSamples / 1e6;
            return new(bytes, new Series([millions / encoding]), new Series([millions / decoding]));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private async Task<string[]> WriteAsync(
        CodecRecording recording,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var parts = ByChannel
            ? Enumerable.Range(0, recording.ChannelCount).Select(recording.Channel).ToList()
            : [recording.Planar];
        var files = new List<string>();
        foreach (var part in parts)
        {
            string file = Path.Combine(folder, $"{files.Count}.raw");
            await File.WriteAllBytesAsync(file, part, cancellationToken);
            files.Add(file);
        }
        return [.. files];
    }

    /// <summary>Seconds of one process, its start included.</summary>
    private static async Task<double> TimeAsync(
        string[] command,
        string[] files,
        string folder,
        CancellationToken cancellationToken
    )
    {
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. files])
        {
            WorkingDirectory = folder,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        long began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        string errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        return process.ExitCode == 0
            ? seconds
            : throw new InvalidOperationException(
                $"{string.Join(' ', command)} ended with {process.ExitCode}: {errors}"
            );
    }

    private static OtherCoder Zstd(string level) =>
        new($"zstd {level}")
        {
            Extension = ".zst",
            Encode = _ => ["zstd", level, "-q", "-f", "--single-thread"],
            Decode = _ => ["zstd", "-d", "-q", "-f"],
        };

    private static bool IsFloat(SampleType type) => type is SampleType.Float32 or SampleType.Float64;

    private static string[] RawFlac(SampleType type) =>
        [
            "--force-raw-format",
            "--endian=little",
            "--sign=signed",
            $"--bps={type.SizeBytes() * 8}",
            "--sample-rate=8000",
        ];

    private static string RawWavPack(SampleType type) => $"{type.SizeBytes() * 8}{(IsFloat(type) ? 'f' : 's')}";
}
