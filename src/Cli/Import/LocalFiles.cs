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

    /// <summary>
    /// Where a file of the recording is, whatever the case of its letters; null where it is not, or where several have
    /// the name but for that.
    /// </summary>
    public string? FullPath(string name)
    {
        if (name.Length == 0 || Path.IsPathRooted(name) || name.Contains('\0') || name.Split('/', '\\').Contains(".."))
        {
            return null;
        }
        string full = Path.Combine(folder, name.Replace('\\', '/'));
        return File.Exists(full) ? full : InOtherLetters(full);
    }

    /// <summary>
    /// Headers were written where capitals and small letters are one; copied here, they name files that are there.
    /// </summary>
    private static string? InOtherLetters(string path)
    {
        var beside = new DirectoryInfo(Path.GetDirectoryName(path)!);
        string name = Path.GetFileName(path);
        string[] alike = beside.Exists
            ?
            [
                .. beside
                    .EnumerateFiles()
                    .Where(file => file.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                    .Select(file => file.FullName)
                    .Take(2),
            ]
            : [];
        return alike is [var only] ? only : null;
    }
}
