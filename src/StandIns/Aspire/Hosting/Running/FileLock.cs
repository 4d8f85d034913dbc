using System.Diagnostics;

namespace Aspire.Hosting.Running;

/// <summary>
/// A file that only one process at a time holds open. The system frees it when the process dies, however it dies.
/// </summary>
internal static class FileLock
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    /// <summary>The held lock, or null where another process holds it.</summary>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    /// <exception cref="IOException">Another process has held the lock for the whole time limit.</exception>
    public static FileStream Take(string path, TimeSpan limit)
    {
        var watch = Stopwatch.StartNew();
        using var pause = new ManualResetEventSlim();
        while (true)
        {
            if (TryTake(path) is { } held)
            {
                return held;
            }

            if (watch.Elapsed > limit)
            {
                throw new IOException($"Another process has held {path} for {limit.TotalSeconds:0} s");
            }

            pause.Wait(LookAgain);
        }
    }
}

/// <summary>Files that hold a password: only their owner may read them, from the first byte on.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces the file as a whole: a reader sees the old text or the new one.</summary>
    public static void Write(string path, string text)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        var draft = path + ".new";
        File.Delete(draft);
        using (var writer = new StreamWriter(draft, options))
        {
            writer.Write(text);
        }

        File.Move(draft, path, overwrite: true);
    }
}
