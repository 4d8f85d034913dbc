using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Dendrite.Errors;

namespace Dendrite.Backups.Stores;

/// <summary>
/// A folder of files. A file is written under a name of its own, flushed, and renamed: so it is there whole or not at
/// all, also after the power fails. Nothing outside of the folder is touched: keys cannot say so, and links within it
/// are refused.
/// </summary>
/// <param name="root">The folder; it must exist, so that a disk that is not mounted is not taken for an empty
/// store.</param>
/// <param name="time">Says how old what writers left is.</param>
public sealed class FolderStore(string root, TimeProvider time) : IObjectStore
{
    /// <summary>Begins no key, so that no listing shows what is not whole.</summary>
    private const string NewPrefix = ".new-";

    private const int NewDigits = 16;

    /// <summary>No writer takes this long for one object.</summary>
    private static readonly TimeSpan RemainsAge = TimeSpan.FromDays(1);

    private readonly string root = Path.GetFullPath(root);

    public Task<long?> FindSizeAsync(ObjectKey key, CancellationToken cancellationToken) =>
        Task.FromResult(Known(() => FindFile(key)?.Length));

    public async Task PutAsync(ObjectKey key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var path = Known(() => MakeFolder(key));
        var folder = Path.GetDirectoryName(path)!;
        var draft = Path.Combine(folder, NewPrefix + RandomNumberGenerator.GetHexString(NewDigits, lowercase: true));
        try
        {
            await using (var file = new FileStream(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1))
            {
                await file.WriteAsync(content, cancellationToken);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            UnixDirectory.Flush(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(failure);
        }
        finally
        {
            // After the move there is none; after a failure it is in nobody's way, and removed later if not now.
            Ignore(() => File.Delete(draft));
        }
    }

    public async Task<byte[]?> FindAsync(ObjectKey key, int maxBytes, CancellationToken cancellationToken)
    {
        try
        {
            if (FindFile(key) is not { Length: > 0 } found)
            {
                return null;
            }

            await using var file = new FileStream(found.FullName, FileMode.Open, FileAccess.Read, FileShare.Read, 1);
            var content = new byte[Math.Min(file.Length, maxBytes + 1L)];
            var length = await file.ReadAtLeastAsync(content, content.Length, false, cancellationToken);
            return length == content.Length ? content : content[..length];
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            // Removed in this moment.
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(failure);
        }
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await Task.CompletedTask;
        foreach (var file in Files(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var name = Path.GetRelativePath(root, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            // Null: removed in this moment.
            if (ObjectKey.TryParse(name, out var key) && Known(() => SizeOf(file)) is { } sizeBytes)
            {
                yield return new(key, sizeBytes);
            }
        }
    }

    public Task DeleteAsync(ObjectKey key, CancellationToken cancellationToken) =>
        Task.FromResult(
            Known(() =>
            {
                FindFile(key)?.Delete();
                return true;
            })
        );

    public Task RemoveRemainsAsync(string prefix, CancellationToken cancellationToken)
    {
        var old = time.GetUtcNow().UtcDateTime - RemainsAge;
        foreach (var file in Files(prefix))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (file.Name.StartsWith(NewPrefix, StringComparison.Ordinal) && file.LastWriteTimeUtc < old)
            {
                Ignore(file.Delete);
            }
        }

        return Task.CompletedTask;
    }

    private IEnumerable<FileInfo> Files(string prefix)
    {
        var folder = Known(() => Resolve(ObjectKey.Parse(prefix.TrimEnd('/'))));
        // Links are not followed; what they are is somebody else's.
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = false,
        };
        // Folders are opened as the listing comes to them: each step may fail, not only the first.
        using var files = Known(() =>
            (Directory.Exists(folder) ? new DirectoryInfo(folder).EnumerateFiles("*", options) : []).GetEnumerator()
        );
        while (Known(files.MoveNext))
        {
            yield return files.Current;
        }
    }

    private static long? SizeOf(FileInfo file) => file.Exists ? file.Length : null;

    private FileInfo? FindFile(ObjectKey key)
    {
        var file = new FileInfo(Resolve(key));
        return file.Exists ? file : null;
    }

    private string MakeFolder(ObjectKey key)
    {
        var path = Resolve(key);
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            for (var made = folder; made.Length > root.Length; made = Path.GetDirectoryName(made)!)
            {
                UnixDirectory.Flush(Path.GetDirectoryName(made)!);
            }
        }

        return path;
    }

    /// <summary>The file of a key.</summary>
    private string Resolve(ObjectKey key)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException("The folder of the store does not exist; is its disk mounted?");
        }

        var path = root;
        foreach (var segment in key.ToString().Split('/'))
        {
            path = Path.Combine(path, segment);
            if (new FileInfo(path).LinkTarget is not null)
            {
                throw new IOException($"{key} leads over a link; a store's folder holds files and folders only.");
            }
        }

        return path;
    }

    private static void Ignore(Action act)
    {
        try
        {
            act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It stays, and is removed another time.
        }
    }

    private static T Known<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw Unavailable(failure);
        }
    }

    // What the system says names paths of the machine, which is for its log and not for callers.
    private static DendriteException Unavailable(Exception failure) =>
        new(
            ErrorReason.Unavailable,
            "The backup store (a folder) cannot be read or written; the log of the Scheduler service says why.",
            failure
        );
}
