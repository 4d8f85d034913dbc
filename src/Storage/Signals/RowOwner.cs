using Dendrite.Versioning;
using Npgsql;
using NpgsqlTypes;

namespace Dendrite.Storage.Signals;

/// <summary>What every row of a commit begins with.</summary>
internal readonly record struct RowOwner(ProjectId Project, TimelineId Timeline, CommitVersion Version)
{
    /// <summary>A statement whose $1, $2 and $3 are project, timeline and version.</summary>
    public NpgsqlBatchCommand NewRow(string sql) =>
        new NpgsqlBatchCommand(sql).Bind(Project.Value).Bind(Timeline.Value).Bind(Version.Value);
}

/// <summary>Adds positional parameters without spelling out a parameter object for each.</summary>
internal static class Binding
{
    public static NpgsqlBatchCommand Bind<T>(this NpgsqlBatchCommand command, T value)
    {
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value });
        return command;
    }

    /// <summary>Binds a value that may be null, which has no type of its own to go by.</summary>
    public static NpgsqlBatchCommand Bind(this NpgsqlBatchCommand command, object? value, NpgsqlDbType type)
    {
        command.Parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        return command;
    }
}
