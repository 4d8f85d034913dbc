using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// The baseline of speed: the raw samples by <c>COPY BINARY</c>, a row for each block, into a table with nothing but
/// a key. A commit takes as many bytes as one of the Ingest service may.
/// </summary>
internal sealed class CopyLoad : IStorageLoad
{
    private const int CommitBytes = 16 << 20;

    /// <summary>More would only wait for each other: a service would not have more for this either.</summary>
    private const int MostConnections = 20;
    private readonly NpgsqlDataSource source;
    private readonly RecordingShape shape;
    private readonly byte[][] blocks;
    private readonly int writers;
    private readonly SemaphoreSlim connections = new(MostConnections);
    private long row;

    private CopyLoad(NpgsqlDataSource source, OpenLoad open)
    {
        this.source = source;
        shape = open.Shape;
        writers = open.Targets.Count;
        var ring = BlockRing.Of(shape);
        blocks = Enumerable
            .Range(0, ring.Count)
            .Select(index => MemoryMarshal.AsBytes(ring[index].Span).ToArray())
            .ToArray();
    }

    public double BitsPerSample => 8 * sizeof(short);

    public static async Task<CopyLoad> OpenAsync(OpenLoad open)
    {
        var source = NpgsqlDataSource.Create(open.Address);
        await using var command = source.CreateCommand(
            """
            DROP TABLE IF EXISTS public.raw_block;
            CREATE TABLE public.raw_block (block_id bigint PRIMARY KEY, payload bytea NOT NULL);
            ALTER TABLE public.raw_block ALTER COLUMN payload SET STORAGE EXTERNAL
            """
        );
        await command.ExecuteNonQueryAsync();
        return new(source, open);
    }

    public Task WriteAsync(int count) =>
        Shares.RunAsync(count, Math.Min(writers, MostConnections), (_, share) => CopyAsync(share));

    public Task<double[]> WriteAtPaceAsync(TimeSpan length) =>
        Pace.RunAsync(writers, shape.BlockTime, length, _ => Task.FromResult(CopyInTurnAsync()));

    public async ValueTask DisposeAsync()
    {
        await using (var command = source.CreateCommand("DROP TABLE public.raw_block"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await source.DisposeAsync();
        connections.Dispose();
    }

    private async Task CopyInTurnAsync()
    {
        await connections.WaitAsync();
        try
        {
            await CopyAsync(1);
        }
        finally
        {
            connections.Release();
        }
    }

    private async Task CopyAsync(int count)
    {
        await using var connection = await source.OpenConnectionAsync();
        var inCommit = Math.Max(1, CommitBytes / blocks[0].Length);
        while (count > 0)
        {
            await using var copy = await connection.BeginBinaryImportAsync(
                "COPY public.raw_block FROM STDIN (FORMAT BINARY)"
            );
            for (var i = 0; i < inCommit && count > 0; i++, count--)
            {
                var id = Interlocked.Increment(ref row);
                await copy.StartRowAsync();
                await copy.WriteAsync(id, NpgsqlDbType.Bigint);
                await copy.WriteAsync(blocks[id % blocks.Length], NpgsqlDbType.Bytea);
            }

            await copy.CompleteAsync();
        }
    }
}
