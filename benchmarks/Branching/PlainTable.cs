using Npgsql;

namespace Dendrite.Benchmarks.Branching;

/// <summary>
/// The baseline: the columns of a record without what versions need, in a table with a primary key. It is read and
/// written as its owner, who is not held to row-level security.
/// </summary>
internal sealed class PlainTable(BenchmarkPlatform platform) : IRecordTable
{
    public const string Name = "the same table without versions";

    private const string Get =
        "SELECT key, document FROM public.plain_row WHERE project_id = $1 AND dataset_id = 1 AND key = ANY ($2)";

    private const string Put = """
        INSERT INTO public.plain_row
        SELECT $1, 1, put.key, convert_from(put.document, 'UTF8')::jsonb, sha256(put.document)
        FROM unnest($2, $3) AS put (key, document)
        ON CONFLICT (project_id, dataset_id, key)
            DO UPDATE SET document = excluded.document, digest = excluded.digest
        """;

    private long changes;

    public async Task CreateAsync(int records)
    {
        await platform.ArrangeAsync(
            $"""
            CREATE TABLE public.plain_row (
                project_id bigint NOT NULL, dataset_id bigint NOT NULL, key bytea NOT NULL, document jsonb,
                digest bytea NOT NULL, PRIMARY KEY (project_id, dataset_id, key));
            INSERT INTO public.plain_row
            SELECT {platform.ProjectId}, 1, int8send(n), {BenchmarkRecord.DocumentSql}, sha256(int8send(n))
            FROM generate_series(1, {records}) AS n;
            """
        );
        await platform.TidyAsync("public.plain_row");
    }

    public Task<long> GetAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken) =>
        ReadAsync(Get, [numbers.Select(BenchmarkRecord.Key).ToArray()], cancellationToken);

    public Task<long> RangeAsync(long first, int count, CancellationToken cancellationToken) =>
        ReadAsync(
            """
            SELECT key, document FROM public.plain_row
            WHERE project_id = $1 AND dataset_id = 1 AND key >= $2 ORDER BY key LIMIT $3
            """,
            [BenchmarkRecord.Key(first), (long)count],
            cancellationToken
        );

    public Task<long> ScanAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            "SELECT key, document FROM public.plain_row WHERE project_id = $1 AND dataset_id = 1",
            [],
            cancellationToken
        );

    public async Task WriteAsync(IReadOnlyList<long> numbers, CancellationToken cancellationToken)
    {
        await using var command = platform.Owner.CreateCommand(Put);
        await WriteAsync(command, numbers, cancellationToken);
    }

    /// <summary>As an application does it: what is read is locked until the end.</summary>
    public async Task TransactAsync(
        IReadOnlyList<long> read,
        IReadOnlyList<long> written,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await platform.Owner.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var get = new NpgsqlCommand($"{Get} ORDER BY key FOR UPDATE", connection, transaction);
        await ReadAsync(get, [read.Select(BenchmarkRecord.Key).ToArray()], cancellationToken);
        await using var put = new NpgsqlCommand(Put, connection, transaction);
        await WriteAsync(put, written, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task WriteAsync(
        NpgsqlCommand command,
        IReadOnlyList<long> numbers,
        CancellationToken cancellationToken
    )
    {
        command.Parameters.Add(new() { Value = platform.ProjectId.Value });
        command.Parameters.Add(new() { Value = numbers.Select(BenchmarkRecord.Key).ToArray() });
        var change = Interlocked.Increment(ref changes);
        var documents = numbers.Select(number => BenchmarkRecord.Document(number, change)).ToArray();
        command.Parameters.Add(new() { Value = documents });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<long> ReadAsync(string sql, object[] arguments, CancellationToken cancellationToken)
    {
        await using var command = platform.Owner.CreateCommand(sql);
        return await ReadAsync(command, arguments, cancellationToken);
    }

    private async Task<long> ReadAsync(NpgsqlCommand command, object[] arguments, CancellationToken cancellationToken)
    {
        command.Parameters.Add(new() { Value = platform.ProjectId.Value });
        foreach (var argument in arguments)
        {
            command.Parameters.Add(new() { Value = argument });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var bytes = 0L;
        while (await reader.ReadAsync(cancellationToken))
        {
            bytes += Size(reader);
        }

        return bytes;
    }

    private static long Size(NpgsqlDataReader row) =>
        row.GetFieldValue<byte[]>(0).Length + row.GetFieldValue<byte[]>(1).Length;
}
