namespace Dendrite.Signals.Tests;

/// <summary>The real recordings that lie beside the repository on development machines and in CI.</summary>
internal static class SharedData
{
    private const string Reason = "The recordings (../shared/data beside the repository) are not on this machine.";

    public static string? Root { get; } = FindRoot();

    /// <summary>The path of a recording; the running test is skipped where it is absent.</summary>
    public static string Require(string relative)
    {
        string? path = Root is null ? null : Path.Combine(Root, relative);
        Assert.SkipUnless(path is not null && File.Exists(path), Reason);
        return path!;
    }

    private static string? FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent;
        }
        string? data = folder?.Parent is { } above ? Path.Combine(above.FullName, "shared", "data") : null;
        return Directory.Exists(data) ? data : null;
    }
}
