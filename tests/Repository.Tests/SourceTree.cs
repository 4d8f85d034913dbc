namespace Dendrite.Repository.Tests;

/// <summary>The files of this repository as a reader sees them: nothing that a build or a run made.</summary>
internal static class SourceTree
{
    private static readonly HashSet<string> MadeFolders =
    [
        "artifacts",
        "bin",
        "obj",
        "node_modules",
        ".git",
        "__pycache__",
    ];

    public static string Root { get; } = FindRoot(AppContext.BaseDirectory);

    /// <summary>Paths relative to the root, with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [.. Walk(Root).Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> WithExtension(params string[] extensions) =>
        Files.Where(file => extensions.Contains(Path.GetExtension(file)));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            yield return file;
        }

        foreach (
            var child in Directory
                .EnumerateDirectories(folder)
                .Where(child => !MadeFolders.Contains(Path.GetFileName(child)))
        )
        {
            foreach (var file in Walk(child))
            {
                yield return file;
            }
        }
    }

    private static string FindRoot(string folder)
    {
        for (var at = new DirectoryInfo(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Platform.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No Platform.sln above {folder}");
    }
}
