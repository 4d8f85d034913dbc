using Dendrite.Interop.Ours;
using Dendrite.Interop.Processes;

namespace Dendrite.Interop;

/// <summary>
/// The servers that the cases are run against, each started when it is first asked for and shared by all cases.
/// </summary>
public sealed class PeersFixture : IAsyncDisposable
{
    private static readonly TimeSpan TimeToListen = TimeSpan.FromSeconds(30);

    private static readonly IReadOnlyDictionary<string, Func<CancellationToken, Task<Peer>>> Makers = new Dictionary<
        string,
        Func<CancellationToken, Task<Peer>>
    >
    {
        [NodePeer.Name] = NodePeer.MakeAsync,
        [PythonPeer.Name] = PythonPeer.MakeAsync,
    };

    private readonly Dictionary<string, Task<Peer>> peers = [];
    private readonly Dictionary<string, (PeerProcess Process, int Port)> servers = [];
    private TestServer? ours;

    public static IEnumerable<string> Names => Makers.Keys;

    /// <summary>A peer that is ready to run. Throws, every time, if this machine lacks what it needs.</summary>
    internal Task<Peer> PeerAsync(string name, CancellationToken cancellationToken)
    {
        if (!peers.TryGetValue(name, out var peer))
        {
            peers[name] = peer = Makers[name](cancellationToken);
        }

        return peer;
    }

    internal async Task<(PeerProcess Process, int Port)> ServerOfAsync(Peer peer, CancellationToken cancellationToken)
    {
        if (!servers.TryGetValue(peer.Name, out var server))
        {
            var process = peer.StartServer();
            var line = await process.FirstLineAsync(TimeToListen, cancellationToken);
            servers[peer.Name] = server = (process, int.Parse(line["listening ".Length..]));
        }

        return server;
    }

    internal async Task<TestServer> OurServerAsync() => ours ??= await TestServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var (process, _) in servers.Values)
        {
            await process.DisposeAsync();
        }

        if (ours is not null)
        {
            await ours.DisposeAsync();
        }
    }
}
