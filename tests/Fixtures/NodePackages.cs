using System.ComponentModel;
using System.Diagnostics;

namespace Dendrite.Fixtures;

/// <summary>
/// Servers from the npm registry that nobody here wrote, for tests to talk to: installed once under <c>artifacts</c>,
/// as their lock files say.
/// </summary>
public static class NodePackages
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Installs what a <c>package.json</c> and its lock file name, unless it is there.</summary>
    /// <param name="name">Of the folder below <c>artifacts</c>.</param>
    /// <param name="sources">The folder with both files.</param>
    /// <returns>The folder <c>node_modules</c>.</returns>
    /// <exception cref="IOException">It cannot be installed here.</exception>
    /// <exception cref="Win32Exception">There is no npm.</exception>
    public static async Task<string> InstallAsync(string name, string sources)
    {
        var folder = Path.Combine(RepositoryRoot(), "artifacts", name);
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(modules))
        {
            return modules;
        }

        // What is complete gets its final name: an install that was cut off is not taken for one.
        var draft = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(draft);
        foreach (var file in (string[])["package.json", "package-lock.json"])
        {
            File.Copy(Path.Combine(sources, file), Path.Combine(draft, file), overwrite: true);
        }

        using var npm = Start("npm", draft, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error");
        using var limit = new CancellationTokenSource(Patience);
        await npm.WaitForExitAsync(limit.Token);
        if (npm.ExitCode != 0)
        {
            throw new IOException($"npm ended with {npm.ExitCode}");
        }

        try
        {
            Directory.Move(draft, folder);
        }
        catch (IOException) when (Directory.Exists(modules))
        {
            // Another run was first.
            Directory.Delete(draft, recursive: true);
        }

        return modules;
    }

    /// <summary>Starts a program; what it writes is read and dropped, so it never waits for a reader.</summary>
    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static Process Start(string program, string folder, params string[] arguments)
    {
        var process = Begin(program, folder, arguments);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Starts a program whose standard output the caller reads.</summary>
    public static Process Begin(string program, string folder, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start) ?? throw new IOException($"{program} did not start");
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    private static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Platform.sln")))
        {
            folder = folder.Parent ?? throw new IOException("the repository is not around the test");
        }

        return folder.FullName;
    }
}
