using System.Net;
using System.Net.Sockets;

namespace Dendrite.Cli.Simulation;

/// <summary>
/// A TCP proxy on loopback that makes a link as bad as it is told to: slow, cut, dead without a word, or flipping bits
/// of what is sent. The faults of its own come from a seed; a test cuts it when it wants.
/// </summary>
internal sealed class FaultyLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly HashSet<LinkConnection> connections = [];
    private readonly LinkFaults faults;
    private readonly TimeProvider time;
    private readonly (string Host, int Port) target;
    private readonly Task accepting;
    private readonly Task cutting;
    private bool isAway;
    private int opened;
    private int corrupted;

    private FaultyLink(Uri target, LinkFaults faults, TimeProvider time)
    {
        this.target = (target.Host, target.Port);
        this.faults = faults;
        this.time = time;
        listener.Start();
        Address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        accepting = AcceptAsync();
        cutting = faults.CutEvery > TimeSpan.Zero ? CutNowAndThenAsync(new(faults.Seed)) : Task.CompletedTask;
    }

    /// <summary>Where gateways connect to.</summary>
    public string Address { get; }

    /// <summary>How often it was cut.</summary>
    public int Cuts { get; private set; }

    /// <summary>Bits flipped.</summary>
    public int Corruptions
    {
        get
        {
            lock (gate)
            {
                return corrupted + connections.Sum(connection => connection.Flipped);
            }
        }
    }

    /// <summary>Begins to pass on what comes.</summary>
    /// <param name="target">An address without TLS: bits of an encrypted link cannot be flipped unnoticed.</param>
    public static FaultyLink Start(Uri target, LinkFaults faults, TimeProvider time) => new(target, faults, time);

    /// <summary>The link is lost.</summary>
    /// <param name="silently">
    /// Whether nobody is told: what is sent goes nowhere, as behind a router that has forgotten the connection.
    /// Otherwise both ends are told at once.
    /// </param>
    public void Cut(bool silently)
    {
        lock (gate)
        {
            Cuts++;
            isAway = true;
            foreach (var connection in connections)
            {
                connection.Lose(silently);
            }
        }
    }

    /// <summary>The link is back; connections that were lost are not.</summary>
    /// <param name="silently">Whether those who were told nothing have to find out by themselves now too.</param>
    public void Restore(bool silently = false)
    {
        lock (gate)
        {
            isAway = false;
            foreach (var connection in silently ? [] : connections.ToArray())
            {
                connection.EndIfLost();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        Cut(silently: false);
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await cutting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            var client = await listener.AcceptSocketAsync(stop.Token);
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        LinkConnection connection;
        lock (gate)
        {
            if (isAway)
            {
                client.Dispose();
                return;
            }

            connection = new(client, server, faults with { Seed = faults.Seed + ++opened }, time);
            connections.Add(connection);
        }

        try
        {
            await server.ConnectAsync(target.Host, target.Port, stop.Token);
            await connection.RunAsync(stop.Token);
        }
        catch (Exception lost) when (lost is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end is gone: so is the connection.
        }
        finally
        {
            connection.Dispose();
            lock (gate)
            {
                corrupted += connection.Flipped;
                connections.Remove(connection);
            }
        }
    }

    /// <summary>Every second loss is silent: those are the ones that programs forget.</summary>
    private async Task CutNowAndThenAsync(Random random)
    {
        while (true)
        {
            await Task.Delay(Exponential(faults.CutEvery, random), time, stop.Token);
            Cut(silently: random.Next(2) == 0);
            await Task.Delay(Exponential(faults.Outage, random), time, stop.Token);
            Restore();
        }
    }

    private static TimeSpan Exponential(TimeSpan mean, Random random) => mean * -Math.Log(1 - random.NextDouble());
}
