namespace Dendrite.Fixtures.Postgres;

/// <summary>Finds an installed PostgreSQL server: on PATH, or where distributions put it. The newest wins.</summary>
internal static class PostgresBinaries
{
    public static string Directory { get; } = Find();

    public static string Path(string program) => System.IO.Path.Combine(Directory, program);

    private static string Find()
    {
        string[] fixedPlaces = ["/usr/pgsql-18/bin", "/usr/local/pgsql/bin", "/opt/homebrew/bin"];
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator);
        const string Debian = "/usr/lib/postgresql";
        var debian = System.IO.Directory.Exists(Debian) ? System.IO.Directory.GetDirectories(Debian) : [];
        return debian
                .OrderByDescending(place => int.TryParse(System.IO.Path.GetFileName(place), out var major) ? major : 0)
                .Select(place => System.IO.Path.Combine(place, "bin"))
                .Concat(onPath)
                .Concat(fixedPlaces)
                .FirstOrDefault(place => File.Exists(System.IO.Path.Combine(place, "initdb")))
            ?? throw new InvalidOperationException(
                "No PostgreSQL server is installed (initdb was not found): apt-get install postgresql."
            );
    }
}
