using System.Security.Cryptography;
using System.Text;
using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>A recording that was read whole and found sound.</summary>
/// <param name="Path">Where its main file is.</param>
/// <param name="Sha256">
/// 64 lower-case hexadecimal digits: of the file's bytes; where the recording consists of several files, of the SHA-256
/// of each, in order, one a line.
/// </param>
/// <param name="Bytes">The size of its files together.</param>
/// <param name="Reader">All about it, and its samples as often as wanted.</param>
internal sealed record RecordingSource(string Path, string Sha256, long Bytes, RecordingReader Reader)
{
    public Recording Recording => Reader.Recording;

    /// <summary>Reads and checks a recording.</summary>
    /// <exception cref="RecordingFormatException">It cannot be imported.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<RecordingSource> OpenAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"{path} does not exist. Give the path of a recording.");
        }
        // A link has a length of its own, and what a shell names /dev/fd/63 is one, to a pipe that is no path. Of a
        // link behind a linked folder .NET may not find the target, which is there.
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true) ?? new FileInfo(path);
        string full = System.IO.Path.GetFullPath(path);
        bool isDescriptor =
            full.StartsWith("/dev/", StringComparison.Ordinal) || full.StartsWith("/proc/", StringComparison.Ordinal);
        if (file is FileInfo { Exists: true } ? file is not FileInfo { Length: > 0 } : isDescriptor)
        {
            const string Problem =
                "The file is empty, or a pipe or device, and a recording is read more than once. Give a file.";
            throw new RecordingFormatException("size", 0, Problem);
        }
        var files = new LocalFiles(path);
        var reader = await RecordingFormats.OpenAsync(files, cancellationToken);
        long bytes = 0;
        var digests = new List<string>();
        foreach (string name in reader.Files)
        {
            await using var stream =
                files.Find(name) ?? throw new FileNotFoundException($"{name}, beside {path}, is gone.");
            digests.Add(Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken)));
            bytes += stream.Length;
        }
        string digest = digests is [var only]
            ? only
            : Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', digests))));
        return new(path, digest, bytes, reader);
    }
}
