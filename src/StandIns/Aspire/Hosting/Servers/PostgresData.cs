using System.Globalization;
using Aspire.Hosting.Running;

namespace Aspire.Hosting.Servers;

/// <summary>
/// A server's folder: <c>pgdata</c>, and beside it <c>password</c> (0600), the superuser's password as the data knows
/// it.
/// </summary>
internal sealed class PostgresData(string folder, UnixUser? owner)
{
    private static readonly TimeSpan OrphanLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    public string Path { get; } = System.IO.Path.Combine(folder, "pgdata");

    private string PasswordFile => System.IO.Path.Combine(folder, "password");

    private string ProcessFile => System.IO.Path.Combine(Path, "postmaster.pid");

    /// <summary>The major version that wrote the data; null while there is none.</summary>
    public int? Version =>
        System.IO.Path.Combine(Path, "PG_VERSION") is var file && File.Exists(file)
            ? int.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture)
            : null;

    public string ReadPassword() => File.ReadAllText(PasswordFile);

    public void WritePassword(string password) => PrivateFile.Write(PasswordFile, password);

    /// <summary>
    /// Makes an empty cluster. One that was interrupted is begun anew: the data's name is given to a whole one only.
    /// </summary>
    public async Task CreateAsync(
        PostgresInstallation postgres,
        string userName,
        string password,
        ProcessLauncher launcher
    )
    {
        var draft = Path + ".new";
        if (Directory.Exists(draft))
        {
            Directory.Delete(draft, recursive: true);
        }

        Directory.CreateDirectory(draft);
        WritePassword(password);
        if (owner is not null)
        {
            UnixSystem.GiveTo(owner, draft);
            UnixSystem.GiveTo(owner, PasswordFile);
        }

        string[] arguments =
        [
            $"--pgdata={draft}",
            $"--username={userName}",
            $"--pwfile={PasswordFile}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--data-checksums",
        ];
        var plan = new LaunchPlan(postgres.Program("initdb"), arguments, draft) { User = owner };
        using var initdb = await launcher.StartAsync(plan, _ => { });
        if (await initdb.Exited is not 0 and var exitCode)
        {
            throw new DistributedApplicationException($"initdb ended with exit code {exitCode}:\n{initdb.LastLines}");
        }

        Directory.Move(draft, Path);
    }

    /// <summary>
    /// Makes the data free for a start. The folder is locked by this AppHost, so a server that still runs on it was
    /// orphaned by one that was killed: it is told to end and waited for. A note of a server that is gone is removed,
    /// as another process may have its id by now and PostgreSQL would take that for the server.
    /// </summary>
    public async Task ReclaimAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Directory.Exists("/proc/self"))
        {
            // PostgreSQL itself decides, from its own note.
            return;
        }

        var since = time.GetTimestamp();
        while (ServersOnData() is { Count: > 0 } servers)
        {
            var waited = time.GetElapsedTime(since);
            if (waited > OrphanLimit)
            {
                throw new DistributedApplicationException(
                    $"Process {servers[0]} still works on {Path} after {OrphanLimit.TotalSeconds:0} s: "
                        + "end it and start again"
                );
            }

            var signal = waited < OrphanLimit / 2 ? UnixSignal.Int : UnixSignal.Quit;
            servers.ForEach(id => UnixSystem.Send(id, signal));
            await Task.Delay(LookAgain, time, cancellationToken);
        }

        File.Delete(ProcessFile);
    }

    // A server and its backends work in the data directory.
    private List<int> ServersOnData()
    {
        List<int> found = [];
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(System.IO.Path.GetFileName(entry), out var id) && WorkingDirectory(entry) == Path)
            {
                found.Add(id);
            }
        }

        return found;
    }

    private static string? WorkingDirectory(string entry)
    {
        try
        {
            return new FileInfo(System.IO.Path.Combine(entry, "cwd")).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or another user's.
            return null;
        }
    }
}
