namespace Dendrite.StandIns.Aspire.Tests;

/// <summary>A folder that is gone after the test. Others may pass through it, as PostgreSQL's user must.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder()
    {
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode pass = UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
            System.IO.File.SetUnixFileMode(Path, System.IO.File.GetUnixFileMode(Path) | pass);
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("aspire-tests-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
