using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>A recording that was found, not yet read.</summary>
/// <param name="Path">Of its main file.</param>
/// <param name="StreamId">Id of the stream that it becomes, or the beginning of the ids.</param>
/// <param name="Unreadable">
/// Why nobody knows whether it is a recording: of a file that cannot be read, and of a folder; null: it is one.
/// </param>
internal sealed record FoundRecording(string Path, string StreamId, Exception? Unreadable = null);

/// <summary>
/// Finds the recordings among files: by their first bytes, and by their endings where these do not tell.
/// </summary>
internal static class RecordingFolder
{
    private const int StartBytes = 4096;

    private static readonly EnumerationOptions Here = new()
    {
        // A link may lead anywhere, also back.
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    /// <summary>
    /// Files are taken as they are named, whatever they are; of folders, those that are recordings and no part of
    /// another one, by path. What cannot be read is among them, with its reason: it may be one.
    /// </summary>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static async Task<IReadOnlyList<FoundRecording>> FindAsync(
        IReadOnlyList<string> paths,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, (string Relative, Exception? Unreadable)>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                string full = File.Exists(path)
                    ? path
                    : throw new FileNotFoundException($"{path} does not exist. Give files and folders.");
                found.TryAdd(full, (Path.GetFileName(full), null));
                continue;
            }
            foreach (var (file, unreadable) in await FindBelowAsync(path, cancellationToken))
            {
                found.TryAdd(file, (Path.GetRelativePath(path, file), unreadable));
            }
        }
        string[] ordered = [.. found.Keys];
        // What is no recording by its name either takes no id away from one.
        string[] likely = [.. ordered.Where(path => found[path].Unreadable is null || IsNamedLikeOne(path))];
        var ids = likely
            .Zip(StreamIds.OfFiles([.. likely.Select(path => found[path].Relative)]))
            .ToDictionary(StringComparer.Ordinal);
        return
        [
            .. ordered.Select(path => new FoundRecording(
                path,
                ids.GetValueOrDefault(path, ""),
                found[path].Unreadable
            )),
        ];
    }

    private static async Task<IEnumerable<(string Path, Exception? Unreadable)>> FindBelowAsync(
        string folder,
        CancellationToken cancellationToken
    )
    {
        var mains = new List<(string Path, Exception? Unreadable)>();
        var parts = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (path, unreadable) in FilesBelow(folder).OrderBy(file => file.Path, StringComparer.Ordinal))
        {
            if (unreadable is not null)
            {
                mains.Add((path, unreadable));
                continue;
            }
            try
            {
                // Pipes are among the files without a length: to open one would wait for who writes to it.
                if (new FileInfo(path).Length == 0 && IsNamedLikeOne(path))
                {
                    mains.Add((path, null));
                }
                if (new FileInfo(path).Length == 0 || await DetectAsync(path, cancellationToken) is not { } format)
                {
                    continue;
                }
                mains.Add((path, null));
                var files = new LocalFiles(path);
                var listed = await format.FindPartsAsync(files, cancellationToken);
                parts.UnionWith(listed.Select(files.FullPath).OfType<string>());
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                mains.Add((path, error));
            }
        }
        return mains.Where(main => !parts.Contains(Path.GetFullPath(main.Path))).DistinctBy(main => main.Path);
    }

    /// <summary>All files, and the folders that cannot be looked into, with the reason.</summary>
    private static List<(string Path, Exception? Unreadable)> FilesBelow(string folder)
    {
        var found = new List<(string, Exception?)>();
        var folders = new Stack<string>([folder]);
        while (folders.TryPop(out var next))
        {
            try
            {
                found.AddRange(Directory.EnumerateFiles(next, "*", Here).Select(file => (file, (Exception?)null)));
                foreach (string below in Directory.EnumerateDirectories(next, "*", Here))
                {
                    folders.Push(below);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                found.Add((next, error));
            }
        }
        return found;
    }

    private static bool IsNamedLikeOne(string path) => RecordingFormats.Detect([], Path.GetFileName(path)) is not null;

    private static async Task<IRecordingFormat?> DetectAsync(string path, CancellationToken cancellationToken)
    {
        byte[] start = new byte[StartBytes];
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, true);
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return RecordingFormats.Detect(start.AsSpan(0, length), Path.GetFileName(path));
    }
}
