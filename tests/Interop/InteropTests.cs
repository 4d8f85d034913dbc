using Dendrite.Interop.Ours;
using Dendrite.Interop.Ours.Cases;
using Dendrite.Interop.Processes;

namespace Dendrite.Interop;

/// <summary>
/// Our gRPC with implementations that nobody here wrote: every standard case, our client against their server and
/// their client against our server.
/// </summary>
public sealed class InteropTests(PeersFixture peers) : IClassFixture<PeersFixture>
{
    /// <summary>A case's calls end by themselves within 10 s each; a case has three at most.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    public static IEnumerable<TheoryDataRow<Side, string, string>> Meetings() =>
        from side in Enum.GetValues<Side>()
        from peer in PeersFixture.Names
        from name in InteropCase.All
        select new TheoryDataRow<Side, string, string>(side, peer, name)
        {
            TestDisplayName =
                side == Side.Client
                    ? $"Our client completes {name} with a server of {peer}"
                    : $"Our server completes {name} with a client of {peer}",
        };

    [Theory]
    [MemberData(nameof(Meetings))]
    public async Task Our_side_and_a_peer_complete_a_case(Side ours, string peerName, string caseName)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var peer = await AvailableAsync(peerName, cancellationToken);

        await (
            ours == Side.Client
                ? OurClientCompletesAsync(caseName, peer, cancellationToken)
                : OurServerCompletesAsync(caseName, peer, cancellationToken)
        );
    }

    private async Task OurClientCompletesAsync(string caseName, Peer peer, CancellationToken cancellationToken)
    {
        var (process, port) = await peers.ServerOfAsync(peer, cancellationToken);
        using var client = new ClientOnOurSide(port);
        try
        {
            await OurCases.ByName[caseName](client).WaitAsync(Patience, cancellationToken);
        }
        catch
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"The server of {peer.Name} said:\n{process.Output}");
            throw;
        }
    }

    private async Task OurServerCompletesAsync(string caseName, Peer peer, CancellationToken cancellationToken)
    {
        var server = await peers.OurServerAsync();
        await using var client = peer.StartClient(server.Port, caseName);

        var exitCode = await client.ExitCodeAsync(Patience, cancellationToken);

        Assert.True(exitCode == 0, $"The client of {peer.Name} says:\n{client.Output}");
    }

    /// <summary>Without a peer there is nothing to prove; where the proof is due, that is a failure.</summary>
    private async Task<Peer> AvailableAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await peers.PeerAsync(name, cancellationToken);
        }
        catch (PeerUnavailableException missing) when (Environment.GetEnvironmentVariable("CI") is not "true")
        {
            Assert.Skip(missing.Message);
            throw;
        }
    }
}
