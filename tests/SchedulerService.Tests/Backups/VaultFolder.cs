namespace Dendrite.SchedulerService.Tests.Backups;

/// <summary>A folder of backups, for one test.</summary>
internal sealed class VaultFolder : IDisposable
{
    public VaultFolder() => Path = Directory.CreateTempSubdirectory("dendrite-vault-").FullName;

    public string Path { get; }

    /// <summary>Files of chunks, in the order of their names.</summary>
    public IReadOnlyList<string> Objects =>
        [
            .. Directory
                .EnumerateFiles(System.IO.Path.Combine(Path, "lab", "objects"), "*", SearchOption.AllDirectories)
                .Order(),
        ];

    public IReadOnlyList<string> Manifests =>
        [.. Directory.EnumerateFiles(Path, "*.manifest", SearchOption.AllDirectories).Order()];

    /// <summary>The name of an object in the store.</summary>
    public string KeyOf(string file) => System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/');

    /// <summary>As a disk that is not mounted: a file stands where the folder was.</summary>
    public void TakeAway()
    {
        Directory.Move(Path, $"{Path}-away");
        File.WriteAllText(Path, "");
    }

    public void BringBack()
    {
        File.Delete(Path);
        Directory.Move($"{Path}-away", Path);
    }

    public void Dispose()
    {
        if (File.Exists(Path))
            BringBack();
        Directory.Delete(Path, recursive: true);
    }
}
