using System.Buffers.Binary;

namespace Dendrite.Storage.Comparison;

/// <summary>Keeps what windows of recordings look like, by what they were computed from. Thread-safe.</summary>
public sealed class WindowShapeStore(PlatformDatabase database)
{
    /// <summary>Keys asked for at once: some 9 MB come back.</summary>
    public const int PageKeys = 2_000;

    private const int DaysKept = 30;

    /// <summary>Rows removed by one call, so that none waits long for what others left.</summary>
    private const int RemovedRows = 1_000;

    /// <summary>Those of the keys that are kept. One round trip, and notes once a day that they are used.</summary>
    /// <param name="keys">At most <see cref="PageKeys"/>.</param>
    public async Task<IReadOnlyDictionary<UInt128, byte[]>> FindAsync(
        ProjectId project,
        long stream,
        IReadOnlyCollection<UInt128> keys,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT content_key, shapes, used_on < current_date FROM comparison.window_shape
                WHERE project_id = @project AND stream_id = @stream AND content_key = ANY(@keys)
                """
            )
            .With("project", project.Value)
            .With("stream", stream)
            .With("keys", keys.Select(Write).ToArray());
        var rows = await batch.ReadRowsAsync(
            row =>
                (
                    Key: Read(row.GetFieldValue<byte[]>(0)),
                    Shapes: row.GetFieldValue<byte[]>(1),
                    IsOfBefore: row.GetBoolean(2)
                ),
            cancellationToken
        );
        if (rows.Any(row => row.IsOfBefore))
        {
            await UseAsync(project, stream, [.. rows.Select(row => row.Key)], cancellationToken);
        }

        return rows.ToDictionary(row => row.Key, row => row.Shapes);
    }

    /// <summary>Keeps shapes; those that are kept already stay. One round trip.</summary>
    /// <param name="found">Added in the order of keys, so that two that add the same wait for each other in one
    /// order.</param>
    public async Task AddAsync(
        ProjectId project,
        long stream,
        IReadOnlyList<(UInt128 Key, byte[] Shapes)> found,
        CancellationToken cancellationToken
    )
    {
        var ordered = found.OrderBy(one => one.Key).ToList();
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                INSERT INTO comparison.window_shape (project_id, stream_id, content_key, shapes)
                SELECT @project, @stream, * FROM unnest(@keys, @shapes)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", project.Value)
            .With("stream", stream)
            .With("keys", ordered.Select(one => Write(one.Key)).ToArray())
            .With("shapes", ordered.Select(one => one.Shapes).ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    /// <summary>
    /// Removes some of what nobody has used for a month: of streams that are gone, above all. One round trip.
    /// </summary>
    public async Task RemoveUnusedAsync(ProjectId project, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                DELETE FROM comparison.window_shape WHERE project_id = @project AND ctid = ANY(ARRAY(
                    SELECT ctid FROM comparison.window_shape
                    WHERE project_id = @project AND used_on < current_date - @days
                    LIMIT @rows FOR UPDATE SKIP LOCKED))
                """
            )
            .With("project", project.Value)
            .With("days", DaysKept)
            .With("rows", RemovedRows);
        await batch.ExecuteAsync(cancellationToken);
    }

    private async Task UseAsync(ProjectId project, long stream, UInt128[] keys, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                UPDATE comparison.window_shape SET used_on = current_date
                WHERE project_id = @project AND stream_id = @stream AND content_key = ANY(ARRAY(
                    SELECT content_key FROM comparison.window_shape
                    WHERE project_id = @project AND stream_id = @stream AND content_key = ANY(@keys)
                        AND used_on < current_date
                    FOR UPDATE SKIP LOCKED))
                """
            )
            .With("project", project.Value)
            .With("stream", stream)
            .With("keys", keys.Select(Write).ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }

    private static byte[] Write(UInt128 key)
    {
        var bytes = new byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        return bytes;
    }

    private static UInt128 Read(byte[] bytes) => BinaryPrimitives.ReadUInt128BigEndian(bytes);
}
