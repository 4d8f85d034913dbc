using System.Diagnostics;

namespace Dendrite.Interop.Processes;

/// <summary>
/// Somebody else's gRPC: programs that serve the test service and that run one case against a server. A peer's folder
/// has a
/// <c>server</c> (says <c>listening PORT</c>) and a <c>client PORT CASE</c> (exits with 0 if the case holds).
/// </summary>
/// <param name="Name">What it is called in the names of tests.</param>
/// <param name="Runtime">The program that runs its sources.</param>
/// <param name="Extension">Of its sources, with the dot.</param>
/// <param name="Environment">What its processes need besides.</param>
internal sealed record Peer(
    string Name,
    string Runtime,
    string Extension,
    IReadOnlyDictionary<string, string> Environment
)
{
    public static string FolderOf(string name) => Path.Combine(AppContext.BaseDirectory, "Peers", name);

    public PeerProcess StartServer() => PeerProcess.Start(Run("server"));

    public PeerProcess StartClient(int port, string caseName) =>
        PeerProcess.Start(Run("client", port.ToString(), caseName));

    private ProcessStartInfo Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Runtime, [Path.Combine(FolderOf(Name), program + Extension), .. arguments]);
        foreach (var (name, value) in Environment)
        {
            start.Environment[name] = value;
        }

        return start;
    }
}
