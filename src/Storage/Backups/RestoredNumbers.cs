namespace Dendrite.Storage.Backups;

/// <summary>
/// How streams and datasets are numbered that come from a backup: as they were, where the project has the same one
/// still or nothing else bears the number; so a restored branch differs in nothing from what it was made of. Else anew.
/// Thread-safe.
/// </summary>
public sealed class RestoredNumbers(PlatformDatabase database)
{
    /// <summary>Streams.</summary>
    public static NumberedTable Streams { get; } =
        new("stream", "signals.stream", "stream_id", "signals.stream_number");

    /// <summary>Datasets.</summary>
    public static NumberedTable Datasets { get; } =
        new("dataset", "records.dataset", "dataset_id", "records.dataset_id");

    /// <summary>The numbers that a restore has settled. One round trip.</summary>
    public async Task<IDictionary<long, long>> ReadAsync(
        ProjectId project,
        string restore,
        NumberedTable table,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT source_number, number FROM scheduling.restore_number
                WHERE project_id = @project AND restore_id = @restore AND kind = @kind
                """
            )
            .With("project", project.Value)
            .With("restore", restore)
            .With("kind", table.Kind);
        var rows = await batch.ReadRowsAsync(
            row => KeyValuePair.Create(row.GetInt64(0), row.GetInt64(1)),
            cancellationToken
        );
        return rows.ToDictionary();
    }

    /// <summary>Settles a number, once for a restore. Up to three round trips.</summary>
    /// <param name="source">The number in the backup, and the uid of what it numbers.</param>
    /// <returns>The number here.</returns>
    public async Task<long> SettleAsync(
        ProjectId project,
        string restore,
        NumberedTable table,
        (long Number, Guid Uid) source,
        CancellationToken cancellationToken
    )
    {
        var mayKeep = await MayKeepAsync(project, table, source, cancellationToken);
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                INSERT INTO scheduling.restore_number AS n (project_id, restore_id, kind, source_number, number)
                VALUES (@project, @restore, @kind, @source,
                    CASE WHEN @keep THEN @source ELSE nextval('{table.Sequence}') END)
                ON CONFLICT (project_id, restore_id, kind, source_number) DO UPDATE SET number = n.number
                RETURNING number
                """
            )
            .With("project", project.Value)
            .With("restore", restore)
            .With("kind", table.Kind)
            .With("source", source.Number)
            .With("keep", mayKeep);
        return (await batch.ReadRowsAsync(row => row.GetInt64(0), cancellationToken)).Single();
    }

    /// <summary>Sees to it that a column's number is handed out to no other. One round trip.</summary>
    /// <returns>False: it is so far from all that are, that nobody ever handed it out.</returns>
    public async Task<bool> KeepColumnAsync(ProjectId project, int number, CancellationToken cancellationToken)
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                """
                SELECT scheduling.keep_number('column', @number)
                    OR @number <= (SELECT last_value FROM records.column_number)
                """
            )
            .With("number", (long)number);
        var kept = await batch.ReadRowsAsync(row => !row.IsDBNull(0) && row.GetBoolean(0), cancellationToken);
        return kept.Single();
    }

    private async Task<bool> MayKeepAsync(
        ProjectId project,
        NumberedTable table,
        (long Number, Guid Uid) source,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch
            .Add(
                $"""
                SELECT coalesce(bool_and(t.uid = @uid), true), count(*) > 0
                FROM {table.Name} t WHERE t.project_id = @project AND t.{table.Column} = @number
                """
            )
            .With("project", project.Value)
            .With("number", source.Number)
            .With("uid", source.Uid);
        var (same, known) = (
            await batch.ReadRowsAsync(row => (row.GetBoolean(0), row.GetBoolean(1)), cancellationToken)
        ).Single();
        return same && (known || await KeepAsync(project, table, source.Number, cancellationToken));
    }

    private async Task<bool> KeepAsync(
        ProjectId project,
        NumberedTable table,
        long number,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch.Add("SELECT scheduling.keep_number(@kind, @number)").With("kind", table.Kind).With("number", number);
        // False for one that was handed out before: nobody in this project bears it, so it was this very one's.
        var kept = (await batch.ReadRowsAsync(row => row.GetBoolean(0), cancellationToken)).Single();
        return kept || await WasHandedOutAsync(project, table, number, cancellationToken);
    }

    private async Task<bool> WasHandedOutAsync(
        ProjectId project,
        NumberedTable table,
        long number,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        batch.Add($"SELECT @number <= last_value FROM {table.Sequence}").With("number", number);
        return (await batch.ReadRowsAsync(row => row.GetBoolean(0), cancellationToken)).Single();
    }
}

/// <summary>Things with numbers.</summary>
/// <param name="Kind">As <c>scheduling.restore_number</c> says it.</param>
/// <param name="Name">The table with its schema.</param>
/// <param name="Column">The number's.</param>
/// <param name="Sequence">Hands it out.</param>
public sealed record NumberedTable(string Kind, string Name, string Column, string Sequence);
