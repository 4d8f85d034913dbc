namespace Aspire.Hosting.Servers;

/// <summary>Finds installed programs.</summary>
internal static class Programs
{
    // Where daemons are, which the PATH of a plain user leaves out on some systems.
    private static readonly string[] SystemFolders =
    [
        "/usr/sbin",
        "/usr/local/sbin",
        "/sbin",
        "/opt/homebrew/bin",
        "/usr/local/bin",
    ];

    public static string? FindOnPath(string name) => FindAllOnPath(name).FirstOrDefault();

    public static IEnumerable<string> FindAllOnPath(string name)
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? string.Empty;
        return path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(SystemFolders)
            .Select(folder => Path.Combine(folder, name))
            .Where(File.Exists);
    }
}

/// <summary>The one command that installs a server on this system.</summary>
internal static class SystemPackages
{
    /// <param name="apt">The package on Debian and its kin.</param>
    /// <param name="dnf">The package on Fedora and its kin.</param>
    /// <param name="brew">The formula on macOS.</param>
    public static string InstallCommand(string apt, string dnf, string brew)
    {
        if (OperatingSystem.IsMacOS())
        {
            return $"brew install {brew}";
        }

        var kin = ReadKin("/etc/os-release");
        if (kin.Overlaps(["debian", "ubuntu"]))
        {
            return $"sudo apt-get install -y {apt}";
        }

        return kin switch
        {
            _ when kin.Overlaps(["fedora", "rhel", "centos"]) => $"sudo dnf install -y {dnf}",
            _ when kin.Contains("alpine") => $"sudo apk add {brew}",
            _ when kin.Contains("arch") => $"sudo pacman -S {brew}",
            _ when kin.Overlaps(["suse", "opensuse"]) => $"sudo zypper install -y {dnf}",
            _ => $"the package manager of this system (its package is named like {apt} or {dnf})",
        };
    }

    /// <summary>The distribution and those it descends from: the words of ID and ID_LIKE.</summary>
    internal static HashSet<string> ReadKin(string osRelease) =>
        File.Exists(osRelease)
            ? File.ReadLines(osRelease)
                .Where(l =>
                    l.StartsWith("ID=", StringComparison.Ordinal) || l.StartsWith("ID_LIKE=", StringComparison.Ordinal)
                )
                .SelectMany(l => l[(l.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"').Split(' '))
                .ToHashSet(StringComparer.OrdinalIgnoreCase)
            : [];
}
