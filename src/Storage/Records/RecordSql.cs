using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Records;

/// <summary>SQL for the rows of records.row that a snapshot sees.</summary>
internal static class RecordSql
{
    /// <summary>What <see cref="Read(NpgsqlDataReader)"/> reads; the row is called <c>stored</c>.</summary>
    public const string Columns = "stored.key, stored.version, stored.timeline_id, stored.document";

    /// <summary>
    /// The record of a key: its visible row of the highest version, which may be a deletion. Goes down the versions of
    /// the key in one index and stops at the first that is seen.
    /// </summary>
    /// <param name="dataset">SQL for the dataset's id.</param>
    /// <param name="key">SQL for the key.</param>
    /// <param name="vector">Which snapshot.</param>
    public static string Winner(string dataset, string key, VectorNames vector) =>
        Newest(dataset, key, Sees("stored", vector));

    /// <summary>
    /// As <see cref="Winner(string, string, VectorNames)"/>, in what <see cref="RecordView.Bind"/> binds.
    /// </summary>
    public static string Winner(string dataset, string key, RecordView view) =>
        Newest(dataset, key, Sees("stored", view));

    /// <summary>
    /// Whether a row is seen, in what <see cref="RecordView.Bind"/> binds: rows that are too new to be of an absorbed
    /// timeline cost no look at any table.
    /// </summary>
    public static string Sees(string row, RecordView view)
    {
        var (owners, through) = (VectorNames.Plain.Owners, VectorNames.Plain.Through);
        var named = Named(row, owners, through);
        return view.SeesAbsorbed
            ? $"({named} OR ({row}.version < @absorbed AND {Implied(row, owners, through)}))"
            : named;
    }

    /// <summary>
    /// Whether a row is seen: for few rows, however many timelines are absorbed. Most rows are seen through an entry of
    /// the vector itself, which costs no look at any table.
    /// </summary>
    /// <remarks>
    /// OFFSET 0 keeps PostgreSQL from gathering all absorbed timelines into a hash for one row; that the timeline is
    /// absorbed is not asked for itself, or the index of absorbed timelines would be read from end to end.
    /// </remarks>
    public static string Sees(string row, VectorNames vector) => Sees(row, vector.Owners, vector.Through);

    /// <summary>The same for a vector that SQL itself has.</summary>
    /// <param name="owners">SQL for an array of timelines.</param>
    /// <param name="through">SQL for an array of versions.</param>
    public static string Sees(string row, string owners, string through) =>
        $"({Named(row, owners, through)} OR {Implied(row, owners, through)})";

    private static string Named(string row, string owners, string through) =>
        $"{row}.version <= ({through}::bigint[])[array_position({owners}, {row}.timeline_id)]";

    private static string Implied(string row, string owners, string through) =>
        $"""
            EXISTS (
                SELECT FROM branching.timeline AS line
                WHERE line.project_id = {row}.project_id AND line.timeline_id = {row}.timeline_id
                    AND line.absorbed_at_version <= ({through}::bigint[])[
                        array_position({owners}, line.absorbed_into_timeline_id)]
                OFFSET 0
            )
            """;

    private static string Newest(string dataset, string key, string sees) =>
        $"""
            SELECT stored.* FROM records.row AS stored
            WHERE stored.project_id = @project AND stored.dataset_id = {dataset} AND stored.key = {key}
                AND {sees}
            ORDER BY stored.version DESC
            LIMIT 1
            """;

    public static StoredRecord Read(NpgsqlDataReader reader) => Read(reader, 0);

    /// <summary>Reads <see cref="Columns"/> that begin at an ordinal.</summary>
    public static StoredRecord Read(NpgsqlDataReader reader, int ordinal) =>
        new(
            reader.GetFieldValue<byte[]>(ordinal),
            new(reader.GetInt64(ordinal + 1)),
            new(reader.GetInt64(ordinal + 2)),
            Document(reader, ordinal + 3)
        );

    public static ReadOnlyMemory<byte>? Document(NpgsqlDataReader reader, int ordinal) =>
        // A null array would become memory that is empty and there.
        reader.IsDBNull(ordinal)
            ? null
            : (ReadOnlyMemory<byte>?)reader.GetFieldValue<byte[]>(ordinal);
}

/// <summary>The parameters that a snapshot is bound to: two arrays.</summary>
internal sealed record VectorNames(string Prefix)
{
    /// <summary>What <see cref="BatchCommandExtensions.With(NpgsqlBatchCommand, Snapshot)"/> binds.</summary>
    public static VectorNames Plain { get; } = new("");

    public string Owners => $"@{Prefix}owners";

    public string Through => $"@{Prefix}through";

    public NpgsqlBatchCommand Bind(NpgsqlBatchCommand command, Snapshot snapshot) =>
        command
            .With($"{Prefix}owners", snapshot.Entries.Select(entry => entry.Timeline.Value).ToArray())
            .With($"{Prefix}through", snapshot.Entries.Select(entry => entry.Through.Value).ToArray());
}
