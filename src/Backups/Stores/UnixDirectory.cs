using System.Runtime.InteropServices;

namespace Dendrite.Backups.Stores;

/// <summary>
/// Makes the names in a directory durable: renaming a file writes its directory, and .NET opens files only. Elsewhere
/// than on Unix the file system orders that itself.
/// </summary>
internal static partial class UnixDirectory
{
    private const int ReadOnly = 0;

    /// <summary>
    /// EBADF, EACCES, EINVAL, and ENOTSUP of macOS and Linux: who may not list the directory, or whose file system
    /// flushes none, has what the file system gives.
    /// </summary>
    private static readonly int[] Unable = [9, 13, 22, 45, 95];

    /// <summary>Does nothing where directories cannot be flushed.</summary>
    /// <exception cref="IOException">The disk refused.</exception>
    public static void Flush(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = Open(path, ReadOnly);
        if (descriptor < 0)
        {
            ThrowIfFailed(path);
            return;
        }

        try
        {
            if (Sync(descriptor) < 0)
            {
                ThrowIfFailed(path);
            }
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static void ThrowIfFailed(string path)
    {
        var error = Marshal.GetLastPInvokeError();
        if (!Unable.Contains(error))
        {
            throw new IOException($"The directory {path} could not be written to the disk (error {error}).");
        }
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
