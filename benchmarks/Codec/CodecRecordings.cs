using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Dendrite.Signals.Blocks;
using Dendrite.Signals.Formats;
using Dendrite.Signals.Synthetic;

namespace Dendrite.Benchmarks.Codec;

/// <summary>
/// The recordings that lie beside the repository (../shared/data), each stream of each once; synthetic EEG where there
/// are none.
/// </summary>
internal static class CodecRecordings
{
    // Fewer samples say nothing about size or speed.
    private const int FewestSamples = 500;

    private static readonly string[] Folders = ["edf", "bdf", "brainvision", "xdf", "openbci", "ephys"];

    /// <summary>Reads them one after the other.</summary>
    public static async IAsyncEnumerable<CodecRecording> ReadAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (FindRoot() is not { } root)
        {
            yield return Synthetic();
            yield break;
        }
        // Some headers share one file of samples.
        var seen = new HashSet<uint>();
        foreach (string path in Folders.SelectMany(folder => Files(Path.Combine(root, folder))))
        {
            string name = Path.ChangeExtension(Path.GetRelativePath(root, path), null);
            await foreach (var recording in ReadAsync(path, name, cancellationToken))
            {
                if (recording.TotalSamples >= FewestSamples && seen.Add(Crc32C.Compute(recording.Planar.Span)))
                {
                    yield return recording;
                }
            }
        }
    }

    /// <summary>Seeded, 8 channels of 4 s: what a test runs on.</summary>
    public static CodecRecording Synthetic()
    {
        const int channels = 8;
        const int samples = 1024;
        short[] planar = new short[channels * samples];
        new SyntheticEeg(new() { ChannelCount = channels }).Read(planar);
        return new("synthetic", SampleType.Int16, channels, MemoryMarshal.AsBytes<short>(planar).ToArray());
    }

    private static IEnumerable<string> Files(string folder) =>
        Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            : [];

    private static async IAsyncEnumerable<CodecRecording> ReadAsync(
        string path,
        string name,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        if (Path.GetExtension(path) == ".dat" && File.Exists(Path.ChangeExtension(path, ".json")))
        {
            yield return await ReadInterleavedAsync(path, name, cancellationToken);
            yield break;
        }
        if (await OpenAsync(path, cancellationToken) is not { } reader)
        {
            yield break;
        }
        for (int stream = 0; stream < reader.Recording.Streams.Count; stream++)
        {
            string suffix = reader.Recording.Streams[stream].Suffix;
            string streamName = suffix.Length == 0 ? name : $"{name} {suffix}";
            foreach (var recording in await GatherAsync(reader, stream, streamName, cancellationToken))
            {
                yield return recording;
            }
        }
    }

    /// <summary>Four channels of int16, as the .json beside it says.</summary>
    private static async Task<CodecRecording> ReadInterleavedAsync(
        string path,
        string name,
        CancellationToken cancellationToken
    )
    {
        const int channels = 4;
        byte[] interleaved = await File.ReadAllBytesAsync(path, cancellationToken);
        byte[] planar = new byte[interleaved.Length];
        Planar.FromInterleaved<short>(
            MemoryMarshal.Cast<byte, short>(interleaved),
            channels,
            MemoryMarshal.Cast<byte, short>(planar.AsSpan())
        );
        return new(name, SampleType.Int16, channels, planar);
    }

    /// <summary>Null for a file that is no recording, such as the data beside a header.</summary>
    private static async Task<RecordingReader?> OpenAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return await RecordingFormats.OpenAsync(new Folder(path), cancellationToken);
        }
        catch (RecordingFormatException)
        {
            return null;
        }
    }

    /// <summary>All samples of a stream that are there, by type: the channels of each group.</summary>
    private static async Task<List<CodecRecording>> GatherAsync(
        RecordingReader reader,
        int stream,
        string name,
        CancellationToken cancellationToken
    )
    {
        var groups = reader.Recording.Streams[stream].Groups;
        var channels = groups.Select(group => group.Select(_ => new MemoryStream()).ToArray()).ToArray();
        await foreach (var piece in reader.ReadAsync(stream, firstSample: 0, cancellationToken))
        {
            for (int group = 0; group < piece.Groups.Count; group++)
            {
                int bytes = piece.Groups[group].Length / channels[group].Length;
                for (int channel = 0; channel < channels[group].Length; channel++)
                {
                    channels[group][channel].Write(piece.Groups[group].Span.Slice(channel * bytes, bytes));
                }
            }
        }
        return
        [
            .. channels.Select(
                (group, index) =>
                    new CodecRecording(
                        channels.Length == 1 ? name : $"{name} group {index}",
                        groups[index][0].SampleType,
                        group.Length,
                        group.SelectMany(channel => channel.ToArray()).ToArray()
                    )
            ),
        ];
    }

    private static string? FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        string? data = folder?.Parent is { } above ? Path.Combine(above.FullName, "shared", "data") : null;
        return Directory.Exists(data) ? data : null;
    }

    private sealed class Folder(string path) : IRecordingFiles
    {
        public string MainName { get; } = Path.GetFileName(path);

        public Stream? Find(string name)
        {
            string full = Path.Combine(Path.GetDirectoryName(path)!, name);
            return File.Exists(full) ? File.OpenRead(full) : null;
        }
    }
}
