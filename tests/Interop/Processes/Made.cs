namespace Dendrite.Interop.Processes;

/// <summary>Where what these tests make is kept: <c>artifacts/interop</c>.</summary>
internal static class Made
{
    // The test assembly runs in artifacts/bin/Interop/<configuration>/.
    public static string Folder { get; } =
        Directory
            .CreateDirectory(Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../interop")))
            .FullName;
}
