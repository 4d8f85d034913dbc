using Npgsql;

namespace Dendrite.Benchmarks.Ingest.Gateways;

/// <summary>
/// The baseline of habit: rows with the microvolts of an instant as <c>NUMERIC[]</c>, of one channel or of all, written
/// in batches by <c>INSERT ... ON CONFLICT DO NOTHING</c>, a commit for each batch. A unit is a row.
/// </summary>
/// <remarks>Kinder than what labs have: prepared statements, binary parameters, one round trip a batch.</remarks>
internal sealed class RowLoad : IStorageLoad
{
    private const int BatchRows = 500;
    private const decimal MicrovoltsPerStep = 0.195m;
    private readonly NpgsqlDataSource source;
    private readonly decimal[][] rows;
    private readonly int rowsPerInstant;
    private long written;

    private RowLoad(NpgsqlDataSource source, RecordingShape shape, int channelsPerRow)
    {
        this.source = source;
        rowsPerInstant = shape.Channels / channelsPerRow;
        var block = BlockRing.Of(shape)[0];
        rows = Enumerable
            .Range(0, shape.SamplesPerBlock * rowsPerInstant)
            .Select(row =>
                Enumerable
                    .Range(row % rowsPerInstant * channelsPerRow, channelsPerRow)
                    .Select(channel => (channel * shape.SamplesPerBlock) + (row / rowsPerInstant))
                    .Select(at => MicrovoltsPerStep * block.Span[at])
                    .ToArray()
            )
            .ToArray();
    }

    public double BitsPerSample => 0;

    public static async Task<RowLoad> OpenAsync(OpenLoad open, int channelsPerRow)
    {
        var settings = new NpgsqlConnectionStringBuilder(open.Address)
        {
            MaxAutoPrepare = 10,
            AutoPrepareMinUsages = 1,
        };
        var source = NpgsqlDataSource.Create(settings.ConnectionString);
        await using var command = source.CreateCommand(
            """
            DROP TABLE IF EXISTS public.sample_row;
            CREATE TABLE public.sample_row (
                sample_time bigint, channel int, samples numeric[] NOT NULL, PRIMARY KEY (sample_time, channel))
            """
        );
        await command.ExecuteNonQueryAsync();
        return new(source, open.Shape, channelsPerRow);
    }

    public async Task WriteAsync(int count)
    {
        await using var connection = await source.OpenConnectionAsync();
        for (; count > 0; count -= BatchRows)
        {
            await using var batch = new NpgsqlBatch(connection);
            for (var i = 0; i < Math.Min(count, BatchRows); i++)
            {
                batch.BatchCommands.Add(Insert(written++));
            }

            await batch.ExecuteNonQueryAsync();
        }
    }

    public Task<double[]> WriteAtPaceAsync(TimeSpan length) =>
        throw new NotSupportedException("Nobody waits for a row: what is compared is how many a second.");

    public async ValueTask DisposeAsync()
    {
        await using (var command = source.CreateCommand("DROP TABLE public.sample_row"))
        {
            await command.ExecuteNonQueryAsync();
        }

        await source.DisposeAsync();
    }

    private NpgsqlBatchCommand Insert(long row)
    {
        var command = new NpgsqlBatchCommand(
            "INSERT INTO public.sample_row VALUES ($1, $2, $3) ON CONFLICT DO NOTHING"
        );
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = row / rowsPerInstant });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = (int)(row % rowsPerInstant) });
        command.Parameters.Add(new NpgsqlParameter<decimal[]> { TypedValue = rows[row % rows.Length] });
        return command;
    }
}
