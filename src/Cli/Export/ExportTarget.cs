using Dendrite.Cli.Hosting;

namespace Dendrite.Cli.Export;

/// <summary>
/// A file that appears under its name when it is whole, and not before: until then it is beside it, under a name of
/// its own. What is not kept is removed. Devices, and pipes among them such as <c>/dev/stdout</c>, are written to.
/// </summary>
internal sealed class ExportTarget : IAsyncDisposable
{
    /// <summary>A folder of plain files among the devices.</summary>
    private const string SharedMemory = "/dev/shm/";

    private readonly string path;
    private readonly string? partial;
    private readonly bool force;

    /// <param name="partial">Null: it is no file to be replaced.</param>
    private ExportTarget(string path, string? partial, bool force, Func<Stream> openStandardOutput)
    {
        (this.path, this.partial, this.force) = (path, partial, force);
        if (partial is not null)
        {
            Stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 16);
            return;
        }

        // Opened anew by its name, a file that it was led to would be written over from its beginning.
        var device = IsStandardOutput(path)
            ? openStandardOutput()
            : new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
        // A pipe cannot say how much went into it.
        Stream = new CountingStream(device);
    }

    /// <summary>Its length is what was written.</summary>
    public Stream Stream { get; }

    /// <summary>Nothing is beside it, and it is written to as it is, also where nothing may be replaced.</summary>
    public static bool IsDevice(string path)
    {
        string full = Path.GetFullPath(path);
        if (IsStandardOutput(full))
        {
            return true;
        }

        if (!full.StartsWith("/dev/", StringComparison.Ordinal) || !File.Exists(full))
        {
            return false;
        }

        // Descriptors have names there too. What a file has behind it is a file; a pipe leads to no name of any.
        string target = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
        return !File.Exists(target)
            || (
                target.StartsWith("/dev/", StringComparison.Ordinal)
                && !target.StartsWith(SharedMemory, StringComparison.Ordinal)
            );
    }

    /// <summary>What is written there is what the command prints: no word of its own may go there too.</summary>
    public static bool IsStandardOutput(string path) => Path.GetFullPath(path) is "/dev/stdout" or "/dev/fd/1";

    /// <param name="path">Its name.</param>
    /// <param name="unique">A word that no other file has in its name.</param>
    /// <param name="force">It may take the place of another file.</param>
    /// <param name="openStandardOutput">Where what is written goes if its name is that of standard output.</param>
    /// <exception cref="CliException">There is a file, and it shall stay; or none can be made there.</exception>
    public static ExportTarget Create(string path, string unique, bool force, Func<Stream> openStandardOutput)
    {
        string full = Path.GetFullPath(path);
        bool isDevice = IsDevice(path);
        if (!isDevice && full.StartsWith("/dev/", StringComparison.Ordinal) && File.Exists(full))
        {
            // A descriptor that a file is behind: that one is written, and the descriptor's name stays what it is.
            full = File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full;
            path = full;
        }

        if (File.Exists(path) && !force && !isDevice)
        {
            throw Exists(path);
        }
        string folder = Path.GetDirectoryName(full)!;
        try
        {
            string partial = Path.Combine(folder, $".{Path.GetFileName(path)}.{unique}.partial");
            return new(path, isDevice ? null : partial, force, openStandardOutput);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                Directory.Exists(folder) ? ExitCode.Failure : ExitCode.NotFound,
                Directory.Exists(folder) ? "FILE_NOT_WRITABLE" : "FILE_NOT_FOUND",
                Directory.Exists(folder)
                    ? $"{path} cannot be written: its folder takes no new file of this name from you. Choose another."
                    : $"{path} cannot be written: its folder does not exist. Make it first."
            );
        }
    }

    /// <summary>Makes it durable and gives it its name.</summary>
    /// <exception cref="CliException">There is a file by now, and it shall stay.</exception>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await Stream.FlushAsync(cancellationToken);
        if (partial is null)
        {
            return;
        }

        ((FileStream)Stream).Flush(flushToDisk: true);
        await Stream.DisposeAsync();
        try
        {
            File.Move(partial, path, force);
        }
        catch (IOException) when (!force && File.Exists(path))
        {
            throw Exists(path);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        if (partial is not null)
        {
            File.Delete(partial);
        }
    }

    /// <summary>What is said of a file that shall stay.</summary>
    public static CliException Exists(string path) =>
        new(ExitCode.Conflict, "FILE_EXISTS", $"{path} exists. Choose another name, or replace it with --force.");
}
