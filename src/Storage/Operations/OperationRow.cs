using Npgsql;

namespace Dendrite.Storage.Operations;

/// <summary>The columns of an operation, and how they are read.</summary>
internal static class OperationRow
{
    private const string Short = """
        project_id, operation_id, method, state, creator, create_time, update_time, end_time, cancel_time, attempt,
        step, done, total, unit, error
        """;

    /// <summary>All of it.</summary>
    public const string Columns = $"{Short}, request, response_type, response";

    /// <summary>Without what may be large.</summary>
    public const string ListColumns = $"{Short}, ''::bytea, NULL::text, NULL::bytea";

    public static OperationRecord Read(NpgsqlDataReader row) =>
        new(new ProjectId(row.GetInt64(0)), row.GetString(1), row.GetString(2))
        {
            State = Enum.Parse<OperationState>(row.GetString(3), ignoreCase: true),
            Creator = row.GetString(4),
            CreateTime = row.GetFieldValue<DateTimeOffset>(5),
            UpdateTime = row.GetFieldValue<DateTimeOffset>(6),
            EndTime = row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7),
            CancelTime = row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8),
            Attempt = row.GetInt32(9),
            Progress = new(
                row.GetString(10),
                row.GetInt64(11),
                row.IsDBNull(12) ? null : row.GetInt64(12),
                row.GetString(13)
            ),
            Error = row.IsDBNull(14) ? null : row.GetFieldValue<byte[]>(14),
            Request = row.GetFieldValue<byte[]>(15),
            Response = row.IsDBNull(16) ? null : new(row.GetString(16), row.GetFieldValue<byte[]>(17)),
        };

    public static string Name(OperationState state) => state.ToString().ToLowerInvariant();
}
