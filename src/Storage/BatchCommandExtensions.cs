using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage;

/// <summary>Named parameters in a chain: <c>batch.Add(sql).With("name", name)</c>.</summary>
public static class BatchCommandExtensions
{
    public static NpgsqlBatchCommand With<T>(this NpgsqlBatchCommand command, string name, T value)
        where T : notnull
    {
        command.Parameters.Add(new NpgsqlParameter<T>(name, value));
        return command;
    }

    /// <summary>A parameter that may be null, or whose type PostgreSQL cannot know from the value.</summary>
    public static NpgsqlBatchCommand With(
        this NpgsqlBatchCommand command,
        string name,
        NpgsqlDbType type,
        object? value
    )
    {
        var parameter = new NpgsqlParameter(name, type)
        {
            Value = value is DateTimeOffset time ? time.ToUniversalTime() : value ?? DBNull.Value,
        };
        command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>
    /// A snapshot as two arrays, <c>@owners</c> and <c>@through</c>: rows are visible that join
    /// <c>branching.seen(@owners, @through)</c>, or for one stream <c>signals.seen(@stream, @owners, @through)</c>,
    /// with <c>version &lt;= through_version</c>. Never the bare arrays: they do not name what was absorbed.
    /// </summary>
    public static NpgsqlBatchCommand With(this NpgsqlBatchCommand command, Snapshot snapshot) =>
        command
            .With("owners", snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .With("through", snapshot.Entries.Select(entry => entry.Through.Value).ToArray());
}
