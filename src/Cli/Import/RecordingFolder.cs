using Dendrite.Signals.Formats;

namespace Dendrite.Cli.Import;

/// <summary>A recording that was found, not yet read.</summary>
/// <param name="Path">Of its main file.</param>
/// <param name="StreamId">Id of the stream that it becomes, or the beginning of the ids.</param>
internal sealed record FoundRecording(string Path, string StreamId);

/// <summary>
/// Finds the recordings among files: by their first bytes, and by their endings where these do not tell.
/// </summary>
internal static class RecordingFolder
{
    private const int StartBytes = 4096;

    private static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        // A link may lead anywhere, also back.
        AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden | FileAttributes.System,
        IgnoreInaccessible = false,
    };

    /// <summary>
    /// Files are taken as they are named, whatever they are; of folders, those that are recordings and no part of
    /// another one, by path.
    /// </summary>
    /// <exception cref="FileNotFoundException">A path does not exist.</exception>
    public static async Task<IReadOnlyList<FoundRecording>> FindAsync(
        IReadOnlyList<string> paths,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string path in paths)
        {
            if (!Directory.Exists(path))
            {
                string full = File.Exists(path)
                    ? path
                    : throw new FileNotFoundException($"{path} does not exist. Give files and folders.");
                found.TryAdd(full, Path.GetFileName(full));
                continue;
            }
            foreach (string file in await FindBelowAsync(path, cancellationToken))
            {
                found.TryAdd(file, Path.GetRelativePath(path, file));
            }
        }
        string[] ordered = [.. found.Keys];
        var ids = StreamIds.OfFiles([.. ordered.Select(path => found[path])]);
        return [.. ordered.Zip(ids, (path, id) => new FoundRecording(path, id))];
    }

    private static async Task<IEnumerable<string>> FindBelowAsync(string folder, CancellationToken cancellationToken)
    {
        var mains = new List<string>();
        var parts = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(folder, "*", Below).Order(StringComparer.Ordinal))
        {
            if (await DetectAsync(path, cancellationToken) is not { } format)
            {
                continue;
            }
            mains.Add(path);
            foreach (string part in await format.FindPartsAsync(new LocalFiles(path), cancellationToken))
            {
                parts.Add(Path.Combine(Path.GetDirectoryName(path)!, part));
            }
        }
        return mains.Where(path => !parts.Contains(path));
    }

    private static async Task<IRecordingFormat?> DetectAsync(string path, CancellationToken cancellationToken)
    {
        byte[] start = new byte[StartBytes];
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, true);
        int length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        return RecordingFormats.Detect(start.AsSpan(0, length), Path.GetFileName(path));
    }
}
