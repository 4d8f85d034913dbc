using System.Net;
using System.Net.Sockets;
using Dendrite.Cli.Simulation;

namespace Dendrite.Cli.Tests.Simulation;

public sealed class FaultyLinkTests : IAsyncDisposable
{
    private static readonly LinkFaults None = new(TimeSpan.Zero, TimeSpan.Zero, TimeSpan.Zero, 0, 1);
    private readonly TcpListener echo = new(IPAddress.Loopback, 0);
    private readonly Task echoing;

    public FaultyLinkTests()
    {
        echo.Start();
        echoing = EchoAsync();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        echo.Stop();
        await echoing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    [Fact]
    public async Task A_good_link_passes_every_byte()
    {
        await using var link = Start(None);
        using var client = await ConnectAsync(link);
        var sent = Bytes(1 << 20);
        var writing = client.GetStream().WriteAsync(sent, Token).AsTask();
        var received = new byte[sent.Length];
        await client.GetStream().ReadExactlyAsync(received, Token);
        await writing;
        Assert.Equal(sent, received);
    }

    [Fact]
    public async Task Flipped_bits_are_as_many_as_are_counted_and_the_same_for_the_same_seed()
    {
        List<int[]> places = [];
        for (var run = 0; run < 2; run++)
        {
            await using var link = Start(None with { CorruptEveryBytes = 4_096 });
            using var client = await ConnectAsync(link);
            var sent = Bytes(1 << 18);
            var writing = client.GetStream().WriteAsync(sent, Token).AsTask();
            var received = new byte[sent.Length];
            await client.GetStream().ReadExactlyAsync(received, Token);
            await writing;
            places.Add([.. Enumerable.Range(0, sent.Length).Where(i => sent[i] != received[i])]);
            Assert.Equal(places[run].Length, link.Corruptions);
            Assert.InRange(places[run].Length, 32, 128);
        }

        Assert.Equal(places[0], places[1]);
    }

    [Fact]
    public async Task A_cut_is_told_to_both_ends_and_nobody_gets_through_until_the_link_is_back()
    {
        await using var link = Start(None);
        using var client = await ConnectAsync(link);
        await RoundTripAsync(client);
        link.Cut(silently: false);
        await Assert.ThrowsAnyAsync<IOException>(() => RoundTripAsync(client));
        using (var refused = await ConnectAsync(link))
        {
            await Assert.ThrowsAnyAsync<IOException>(() => RoundTripAsync(refused));
        }

        link.Restore();
        using var again = await ConnectAsync(link);
        await RoundTripAsync(again);
    }

    [Fact]
    public async Task After_a_silent_cut_what_is_sent_goes_nowhere_and_the_connection_is_lost_for_good()
    {
        await using var link = Start(None);
        using var client = await ConnectAsync(link);
        await RoundTripAsync(client);
        link.Cut(silently: true);
        await client.GetStream().WriteAsync(Bytes(1_000), Token);
        var reading = client.GetStream().ReadAsync(new byte[1], Token).AsTask();
        Assert.False(reading.IsCompleted);
        link.Restore();
        await Assert.ThrowsAnyAsync<IOException>(() => reading);
    }

    private FaultyLink Start(LinkFaults faults)
    {
        var port = ((IPEndPoint)echo.LocalEndpoint).Port;
        return FaultyLink.Start(new($"http://127.0.0.1:{port}"), faults, TimeProvider.System);
    }

    private static async Task<TcpClient> ConnectAsync(FaultyLink link)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(link.Address).Port, Token);
        return client;
    }

    private static async Task RoundTripAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync(Bytes(10), Token);
        // The end of the stream counts as a break too: ReadExactly says so.
        await client.GetStream().ReadExactlyAsync(new byte[10], Token);
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    private async Task EchoAsync()
    {
        while (true)
        {
            var client = await echo.AcceptTcpClientAsync(Token);
            _ = Task.Run(
                async () =>
                {
                    using var _ = client;
                    await client.GetStream().CopyToAsync(client.GetStream(), Token);
                },
                Token
            );
        }
    }
}
