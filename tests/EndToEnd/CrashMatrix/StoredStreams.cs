using Npgsql;

namespace Dendrite.EndToEnd.CrashMatrix;

/// <summary>What the database holds of a branch's streams, past every service.</summary>
internal sealed class StoredStreams(NpgsqlDataSource database, string branch)
{
    /// <summary>
    /// Places where blocks of a stream overlap, leave a hole that no gap declares, or are there twice. One query.
    /// </summary>
    public async Task<IReadOnlyList<string>> FindFaultsAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            WITH mine AS (
                SELECT timeline_id FROM branching.branch WHERE name = $1
            ), piece AS (
                SELECT stream_id, first_sample AS first, first_sample + sample_count AS past
                FROM signals.block JOIN mine USING (timeline_id)
                UNION ALL
                SELECT stream_id, first_sample, first_sample + sample_count
                FROM signals.gap JOIN mine USING (timeline_id)
            ), placed AS (
                SELECT *, coalesce(lag(past) OVER (PARTITION BY stream_id ORDER BY first, past), 0) AS expected
                FROM piece
            )
            SELECT format('stream %s: sample %s follows %s', stream_id, first, expected)
            FROM placed WHERE first <> expected ORDER BY 1
            """
        );
        command.Parameters.Add(new() { Value = branch });
        List<string> faults = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            faults.Add(reader.GetString(0));
        }

        return faults;
    }

    /// <summary>Gaps that somebody declared.</summary>
    public async Task<long> CountGapsAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT count(*) FROM signals.gap JOIN branching.branch USING (timeline_id) WHERE branch.name = $1
            """
        );
        command.Parameters.Add(new() { Value = branch });
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>For each stream id, how far each version brought it, by ascending version.</summary>
    public async Task<ILookup<string, (long Version, long End)>> ReadAppendsAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            """
            SELECT stream.name, append.version, append.next_sample
            FROM signals.append
            JOIN (SELECT DISTINCT stream_id, name FROM signals.stream) AS stream USING (stream_id)
            JOIN branching.branch ON branch.timeline_id = append.timeline_id
            WHERE branch.name = $1
            ORDER BY 1, 2
            """
        );
        command.Parameters.Add(new() { Value = branch });
        List<(string Stream, long Version, long End)> appends = [];
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        while (await reader.ReadAsync(cancellation))
        {
            appends.Add((reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2)));
        }

        return appends.ToLookup(append => append.Stream, append => (append.Version, append.End));
    }
}
