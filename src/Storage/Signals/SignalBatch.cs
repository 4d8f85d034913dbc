using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>What the statements of this folder have in common.</summary>
internal static class SignalBatch
{
    public static NpgsqlBatchCommand Add(
        this NpgsqlBatch batch,
        string sql,
        params ReadOnlySpan<NpgsqlParameter> parameters
    )
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
        return command;
    }

    /// <summary>Makes the rest of the batch, and of its transaction, see the rows of one project. Returns one row.</summary>
    public static void AddProject(this NpgsqlBatch batch, ProjectId project) =>
        batch.Add(
            "SELECT set_config('dendrite.project_id', @project, true)",
            new NpgsqlParameter("project", project.ToString())
        );

    /// <summary>Passes the commit door, which locks the timeline until the transaction ends. Returns one row.</summary>
    public static void AddCommit(this NpgsqlBatch batch, CommitAuthor author, byte[] digest, string statisticsJson) =>
        batch.Add(
            "SELECT version FROM branching.commit(@timeline, 'append', @author, @message, @digest, @statistics::jsonb)",
            new("timeline", author.Timeline.Value),
            new("author", author.Author),
            new("message", author.Message),
            new("digest", digest),
            new("statistics", statisticsJson)
        );

    /// <summary>Binds @timelines and @throughs: the snapshot as two arrays for <c>unnest</c>.</summary>
    public static void AddSeen(this NpgsqlBatchCommand command, Snapshot snapshot)
    {
        command.Parameters.Add(new("timelines", snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray()));
        command.Parameters.Add(new("throughs", snapshot.Entries.Select(entry => entry.Through.Value).ToArray()));
    }

    /// <summary>Reads past the answers of <see cref="AddProject"/> and <see cref="AddCommit"/>.</summary>
    public static async Task<CommitVersion> ReadCommitAsync(
        this NpgsqlDataReader reader,
        CancellationToken cancellation
    )
    {
        await reader.NextResultAsync(cancellation);
        await reader.ReadAsync(cancellation);
        var version = new CommitVersion(reader.GetInt64(0));
        await reader.NextResultAsync(cancellation);
        return version;
    }

    /// <summary>Runs a batch of <see cref="AddProject"/> and one query, and reads the query's rows.</summary>
    public static async Task<List<T>> ReadAllAsync<T>(
        this NpgsqlBatch batch,
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellation
    )
    {
        await using var reader = await batch.ExecuteReaderAsync(cancellation);
        await reader.NextResultAsync(cancellation);
        List<T> rows = [];
        while (await reader.ReadAsync(cancellation))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
