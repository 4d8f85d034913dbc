using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Dendrite.Interop.Processes;

/// <summary>
/// Makes the peer of <c>@grpc/grpc-js</c>: its packages are installed on first use, for each lock file once.
/// </summary>
internal static class NodePeer
{
    public const string Name = "Node";

    private static readonly TimeSpan TimeToInstall = TimeSpan.FromMinutes(3);

    public static async Task<Peer> MakeAsync(CancellationToken cancellationToken)
    {
        var modules = await InstallAsync(cancellationToken);
        return new Peer(Name, "node", ".js", new Dictionary<string, string> { ["NODE_PATH"] = modules });
    }

    private static async Task<string> InstallAsync(CancellationToken cancellationToken)
    {
        var sources = Peer.FolderOf(Name);
        var lockFile = Path.Combine(sources, "package-lock.json");
        var version = Convert.ToHexStringLower(
            SHA256.HashData(await File.ReadAllBytesAsync(lockFile, cancellationToken))
        )[..16];
        var folder = Path.Combine(Made.Folder, $"node-{version}");
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(modules))
        {
            return modules;
        }

        // Another run may be doing the same: what is complete gets its final name, and the first to finish wins.
        var draft = $"{folder}.{Environment.ProcessId}";
        Directory.CreateDirectory(draft);
        foreach (var file in (string[])["package.json", "package-lock.json"])
        {
            File.Copy(Path.Combine(sources, file), Path.Combine(draft, file), overwrite: true);
        }

        await RunNpmAsync(draft, cancellationToken);
        try
        {
            Directory.Move(draft, folder);
        }
        catch (IOException) when (Directory.Exists(modules))
        {
            Directory.Delete(draft, recursive: true);
        }

        return modules;
    }

    private static async Task RunNpmAsync(string folder, CancellationToken cancellationToken)
    {
        // The packages' own install scripts build nothing that is needed here.
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = folder,
        };
        try
        {
            await using var npm = PeerProcess.Start(start);
            if (await npm.ExitCodeAsync(TimeToInstall, cancellationToken) != 0)
            {
                throw new PeerUnavailableException($"npm could not install the packages of grpc-js:\n{npm.Output}");
            }
        }
        catch (Win32Exception)
        {
            throw new PeerUnavailableException("Node.js and npm are missing: eng/install.sh node installs them.");
        }
    }
}
