using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>
/// The folder of a recording on this machine. Headers name the files that belong to them: a name that leads out of the
/// folder finds nothing, for a header is a stranger's text.
/// </summary>
internal sealed class LocalFiles(string path) : IRecordingFiles
{
    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;

    public string MainName { get; } = Path.GetFileName(path);

    /// <exception cref="IOException">It is there and cannot be read.</exception>
    public Stream? Find(string name) =>
        FullPath(name) is { } found
            ? new FileStream(found, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true)
            : null;

    /// <summary>Where a file of the recording is; null where it is not.</summary>
    public string? FullPath(string name)
    {
        if (name.Length == 0 || Path.IsPathRooted(name) || name.Contains('\0') || name.Split('/', '\\').Contains(".."))
        {
            return null;
        }
        string full = Path.Combine(folder, name.Replace('\\', '/'));
        return File.Exists(full) ? full : null;
    }
}
