using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.Servers;

/// <summary>An installed PostgreSQL: its programs' folder and its major version.</summary>
internal sealed partial record PostgresInstallation(string Folder, int Version)
{
    public const int OldestVersion = 14;

    private static string InstallCommand =>
        SystemPackages.InstallCommand("postgresql", "postgresql-server", "postgresql");

    /// <summary>
    /// The newest installation; or, where there is data already, the one that can read it, as each major version reads
    /// its own only.
    /// </summary>
    /// <exception cref="DistributedApplicationException">None fits; the message has the command that installs
    /// one.</exception>
    public static PostgresInstallation Find(int? dataVersion)
    {
        var found = FindAll().ToList();
        if (dataVersion is { } wanted && found.Find(i => i.Version == wanted) is { } same)
        {
            return same;
        }

        var newest = found.MaxBy(i => i.Version);
        if (newest is null)
        {
            throw new DistributedApplicationException(
                $"PostgreSQL is not installed. Install it with: {InstallCommand}"
            );
        }

        if (newest.Version < OldestVersion)
        {
            throw new DistributedApplicationException(
                $"PostgreSQL {newest.Version} in {newest.Folder} is too old, {OldestVersion} or newer is needed. "
                    + $"Install one with: {InstallCommand}"
            );
        }

        return newest;
    }

    public string Program(string name) => Path.Combine(Folder, name);

    /// <summary>The major version in "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)".</summary>
    internal static int? ParseVersion(string text) =>
        VersionPattern().Match(text) is { Success: true } match
            ? int.Parse(match.Groups["version"].Value, CultureInfo.InvariantCulture)
            : null;

    private static IEnumerable<PostgresInstallation> FindAll() =>
        Folders()
            .Distinct(StringComparer.Ordinal)
            .Where(folder =>
                File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb"))
            )
            .Select(folder => (folder, version: AskVersion(Path.Combine(folder, "postgres"))))
            .Where(found => found.version is not null)
            .Select(found => new PostgresInstallation(found.folder, found.version!.Value));

    // A distribution's PATH may have links to single programs (initdb alone, say): links are followed to where all of
    // them are.
    private static IEnumerable<string> Folders() =>
        Programs
            .FindAllOnPath("postgres")
            .Concat(Programs.FindAllOnPath("initdb"))
            .Select(p => Path.GetDirectoryName(File.ResolveLinkTarget(p, returnFinalTarget: true)?.FullName ?? p)!)
            .Concat(FoldersUnder("/usr/lib/postgresql", "*"))
            .Concat(FoldersUnder("/usr", "pgsql-*"))
            .Concat(FoldersUnder("/opt/homebrew/opt", "postgresql*"))
            .Concat(FoldersUnder("/usr/local/opt", "postgresql*"))
            .Concat(FoldersUnder("/Applications/Postgres.app/Contents/Versions", "*"));

    private static IEnumerable<string> FoldersUnder(string parent, string pattern) =>
        Directory.Exists(parent)
            ? Directory.EnumerateDirectories(parent, pattern).Select(d => Path.Combine(d, "bin"))
            : [];

    private static int? AskVersion(string program)
    {
        try
        {
            var start = new ProcessStartInfo(program, ["--version"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            using var process = Process.Start(start)!;
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return ParseVersion(text);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Not a program for this machine, or not to be run by this user.
            return null;
        }
    }

    [GeneratedRegex(
        @"\(PostgreSQL\)\s+(?<version>\d+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex VersionPattern();
}
