using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Running;

/// <summary>
/// Folders for what servers store: <c>{root}/data-1/{resource}</c> for data that is kept,
/// <c>{root}/temporary-1/{resource}</c>
/// for data that is not. A folder in use by another AppHost is locked by it; then the next number is taken, so that a
/// second AppHost works beside the first, on data of its own. Locks end with the process that holds them.
/// </summary>
/// <remarks>
/// The root is configuration key <c>Aspire:Store:Path</c>, else what the build recorded (artifacts/apphost).
/// </remarks>
internal sealed partial class Store(IConfiguration configuration, BuildFacts build, ILogger<Store> logger) : IDisposable
{
    /// <summary>More AppHosts at once in one checkout are a mistake, such as a loop that starts them.</summary>
    private const int MaxFolders = 64;

    private const string OutsideRoot = "/var/tmp";

    // Others may pass through, as a server that runs as another user must, but not look around.
    private const UnixFileMode PassThrough =
        UnixFileMode.UserRead
        | UnixFileMode.UserWrite
        | UnixFileMode.UserExecute
        | UnixFileMode.GroupExecute
        | UnixFileMode.OtherExecute;

    private readonly Lock gate = new();
    private readonly Dictionary<string, (string Name, FileStream Lock)> taken = new(StringComparer.Ordinal);
    private readonly List<string> temporary = [];
    private readonly string root = Path.GetFullPath(
        configuration["Aspire:Store:Path"] ?? build.StorePath ?? Path.Combine("artifacts", "apphost")
    );

    /// <summary>The resource's folder, made if it is not there.</summary>
    /// <param name="resource">The name of the resource.</param>
    /// <param name="kept">Whether the data outlives this run.</param>
    /// <param name="user">The user that must be able to reach the folder; null for this process's own.</param>
    public string FolderFor(string resource, bool kept, UnixUser? user)
    {
        lock (gate)
        {
            var name = Take(kept ? "data" : "temporary");
            var reachable = user is null || IsOpenToAll(root) ? root : PlaceOutside();
            var folder = Path.Combine(reachable, name, resource);
            if (!kept && !temporary.Contains(folder))
            {
                // What an AppHost that was killed left behind.
                DeleteFolder(folder);
                temporary.Add(folder);
            }

            MakeFolder(Path.Combine(reachable, name));
            MakeFolder(folder);
            return folder;
        }
    }

    public void Dispose()
    {
        foreach (var folder in temporary)
        {
            DeleteFolder(folder);
            DeleteWhileEmpty(Path.GetDirectoryName(folder)!);
        }

        foreach (var (_, held) in taken.Values)
        {
            held.Dispose();
        }
    }

    private static void DeleteFolder(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A server that is still ending writes to it; the next run that takes this folder empties it.
        }
    }

    // Up to the store's root, and that too where it was made outside and has nothing in it.
    private void DeleteWhileEmpty(string folder)
    {
        while (folder != root && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
            folder = Path.GetDirectoryName(folder)!;
            if (folder == OutsideRoot)
            {
                return;
            }
        }
    }

    private static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(folder);
            return;
        }

        Directory.CreateDirectory(folder, PassThrough);
    }

    private static bool IsOpenToAll(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (at.Exists && !at.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
            {
                return false;
            }
        }

        return true;
    }

    private string Take(string kind)
    {
        if (taken.TryGetValue(kind, out var known))
        {
            return known.Name;
        }

        Directory.CreateDirectory(root);
        for (var number = 1; number <= MaxFolders; number++)
        {
            var name = $"{kind}-{number}";
            if (FileLock.TryTake(Path.Combine(root, name + ".lock")) is { } held)
            {
                taken[kind] = (name, held);
                if (number > 1)
                {
                    LogAnotherInUse(logger, Path.Combine(root, name), number - 1);
                }

                return name;
            }
        }

        throw new DistributedApplicationException($"{MaxFolders} AppHosts hold the folders in {root} already");
    }

    // A checkout under a home that is closed to others (such as /root) cannot hold the data of a server that runs as
    // another user.
    private string PlaceOutside()
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(root)))[..16];
        var outside = $"{OutsideRoot}/apphost-{id}";
        if (!Directory.Exists(outside))
        {
            MakeFolder(outside);
            LogOutside(logger, outside, root);
        }

        // /var/tmp is everyone's: a folder that others may write to was not made here, or no longer is ours.
        var writers = new DirectoryInfo(outside).UnixFileMode & (UnixFileMode.OtherWrite | UnixFileMode.GroupWrite);
        return writers == UnixFileMode.None
            ? outside
            : throw new DistributedApplicationException(
                $"{outside} can be written by others: remove it and start again"
            );
    }
}
