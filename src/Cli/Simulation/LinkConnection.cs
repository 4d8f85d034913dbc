using System.Net.Sockets;
using System.Threading.Channels;

namespace Dendrite.Cli.Simulation;

/// <summary>One connection through a <see cref="FaultyLink"/>: two directions, each as bad as the other.</summary>
internal sealed class LinkConnection(Socket client, Socket server, LinkFaults faults, TimeProvider time) : IDisposable
{
    private const int ChunkBytes = 16 << 10;

    /// <summary>Chunks under way in one direction: 4 MiB, what a long fat pipe holds.</summary>
    private const int MaxChunks = 256;

    private readonly BitFlipper flipper = new(faults.CorruptEveryBytes, new(faults.Seed));
    private volatile bool isLost;

    /// <summary>Bits flipped.</summary>
    public int Flipped => flipper.Flipped;

    /// <summary>Passes on until one end closes.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        // Only what is sent is damaged: what comes back is short, and a damaged answer is as good as none.
        var there = PassAsync(client, server, flipper, cancellation);
        var back = PassAsync(server, client, null, cancellation);
        await Task.WhenAny(there, back);
        if (!isLost)
        {
            Dispose();
        }

        await Task.WhenAll(there, back);
    }

    /// <summary>See <see cref="FaultyLink.Cut"/>.</summary>
    public void Lose(bool silently)
    {
        isLost = true;
        if (!silently)
        {
            Dispose();
        }
    }

    /// <summary>A lost connection does not come back: the end that speaks first is told so.</summary>
    public void EndIfLost()
    {
        if (isLost)
        {
            Dispose();
        }
    }

    /// <summary>Ends both sides with a reset.</summary>
    public void Dispose()
    {
        client.Close(timeout: 0);
        server.Close(timeout: 0);
    }

    private async Task PassAsync(Socket from, Socket to, BitFlipper? damage, CancellationToken cancellation)
    {
        var chunks = Channel.CreateBounded<(long Due, byte[] Bytes)>(MaxChunks);
        var sending = SendAsync(chunks.Reader, to, cancellation);
        try
        {
            var buffer = new byte[ChunkBytes];
            while (await from.ReceiveAsync(buffer, cancellation) is > 0 and var length)
            {
                var chunk = buffer.AsSpan(0, length).ToArray();
                damage?.Pass(chunk);
                await chunks.Writer.WriteAsync((time.GetTimestamp(), chunk), cancellation);
            }
        }
        finally
        {
            chunks.Writer.Complete();
            await sending;
        }
    }

    private async Task SendAsync(
        ChannelReader<(long Came, byte[] Bytes)> chunks,
        Socket to,
        CancellationToken cancellation
    )
    {
        await foreach (var (came, bytes) in chunks.ReadAllAsync(cancellation))
        {
            var left = faults.Latency - time.GetElapsedTime(came);
            if (left > TimeSpan.Zero)
            {
                await Task.Delay(left, time, cancellation);
            }

            // Lost without a word: it is read, and goes nowhere.
            for (var sent = 0; !isLost && sent < bytes.Length; )
            {
                sent += await to.SendAsync(bytes.AsMemory(sent), cancellation);
            }
        }
    }
}
