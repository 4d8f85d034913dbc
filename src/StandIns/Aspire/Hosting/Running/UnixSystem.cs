using System.Runtime.InteropServices;

namespace Aspire.Hosting.Running;

/// <summary>The signals in use; their numbers are the same on Linux and macOS.</summary>
internal enum UnixSignal
{
    Int = 2,
    Quit = 3,
    Kill = 9,
    Term = 15,
}

/// <summary>A user of this machine that servers run as.</summary>
internal sealed record UnixUser(string Name, int UserId, int GroupId)
{
    /// <summary>
    /// The user for servers that refuse to run as root: postgres where the system has one, else nobody. Null where this
    /// process is not root: then they run as the same user.
    /// </summary>
    public static UnixUser? ForServers()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return null;
        }

        return Find("postgres")
            ?? Find("nobody")
            ?? throw new DistributedApplicationException(
                "PostgreSQL does not run as root, and there is no user 'postgres' or 'nobody' to run it as: "
                    + "create one with: useradd --system postgres"
            );
    }

    private static UnixUser? Find(string name)
    {
        const string accounts = "/etc/passwd";
        var fields = File.Exists(accounts)
            ? File.ReadLines(accounts).Select(l => l.Split(':')).FirstOrDefault(f => f.Length > 3 && f[0] == name)
            : null;
        return fields is null ? null : new UnixUser(name, int.Parse(fields[2]), int.Parse(fields[3]));
    }
}

internal static partial class UnixSystem
{
    /// <summary>Sends a signal; a process that is gone already is no error.</summary>
    public static void Send(int processId, UnixSignal signal) => _ = Kill(processId, (int)signal);

    public static bool IsRunning(int processId) =>
        Kill(processId, 0) == 0 || Marshal.GetLastPInvokeError() == PermissionDenied;

    public static void GiveTo(UnixUser user, string path)
    {
        if (ChangeOwner(path, user.UserId, user.GroupId) != 0)
        {
            throw new IOException($"Could not give {path} to {user.Name}: error {Marshal.GetLastPInvokeError()}");
        }
    }

    private const int PermissionDenied = 1;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int ChangeOwner(string path, int userId, int groupId);
}
