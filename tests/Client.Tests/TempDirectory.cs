namespace Dendrite.Client.Tests;

/// <summary>A directory that goes away with the test.</summary>
internal sealed class TempDirectory : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("dendrite-client-");

    public string Path => folder.FullName;

    public string[] Files(string pattern) => [.. Directory.GetFiles(Path, pattern).Order()];

    public void Dispose() => folder.Delete(recursive: true);
}
