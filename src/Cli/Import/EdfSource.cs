using System.Security.Cryptography;
using Dendrite.Signals.Edf;

namespace Dendrite.Cli.Import;

/// <summary>A file that was read whole and found sound.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Sha256">Of its bytes; 64 lower-case hexadecimal digits.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Recording">All about it but its samples.</param>
internal sealed record EdfSource(string Path, string Sha256, long Bytes, EdfRecording Recording)
{
    /// <summary>Reads and checks a file.</summary>
    /// <exception cref="EdfFormatException">It cannot be imported.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static async Task<EdfSource> OpenAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = OpenFile(path);
        var recording = await EdfRecording.ScanAsync(stream, cancellationToken);
        stream.Position = 0;
        byte[] hash = await SHA256.HashDataAsync(stream, cancellationToken);
        return new(path, Convert.ToHexStringLower(hash), stream.Length, recording);
    }

    /// <summary>Opens the file for reading its samples.</summary>
    public FileStream Open() => OpenFile(Path);

    private static FileStream OpenFile(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, useAsync: true);
}
