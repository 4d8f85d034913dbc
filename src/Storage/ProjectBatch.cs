using System.Runtime.CompilerServices;
using Dendrite.Storage.Snapshots;
using Dendrite.Storage.Writes;
using Npgsql;

namespace Dendrite.Storage;

/// <summary>
/// Commands of one project that are sent together. From <see cref="PlatformDatabase.CreateBatch"/> it is a transaction
/// of its own: one round trip, all or nothing. From <see cref="ProjectSession.CreateBatch"/> it is a part of that
/// transaction.
/// </summary>
/// <remarks>The first command tells the database the project; it costs no round trip and its result is never
/// seen.</remarks>
public sealed class ProjectBatch : IAsyncDisposable
{
    private readonly NpgsqlBatch batch;
    private readonly WriteLog? writes;
    private readonly bool isWhole;
    private readonly NpgsqlBatchCommand? telling;

    /// <summary>What the planner is told for these commands; null: nothing.</summary>
    private PlannerSettings? settings;

    /// <summary>How many commands come first whose results are nobody's.</summary>
    private int unseen;

    /// <summary>The command that has a row while the expected head is the head; null: none is expected.</summary>
    private NpgsqlBatchCommand? check;

    /// <param name="isWhole">Whether it is a transaction of its own.</param>
    internal ProjectBatch(
        NpgsqlBatch batch,
        ProjectId project,
        bool tellsProject,
        WriteLog? writes = null,
        bool isWhole = false
    )
    {
        this.batch = batch;
        this.writes = writes;
        this.isWhole = isWhole;
        if (tellsProject)
        {
            telling = AddUnseen(PlannerSettings.TellProject).With("project", project.ToString());
        }
    }

    /// <summary>Adds a command; give it its parameters by name.</summary>
    public NpgsqlBatchCommand Add(string sql) => Add(new NpgsqlBatchCommand(sql));

    /// <summary>
    /// Tells the planner how to plan these commands: with the command that tells the project, so that it costs no
    /// command of its own. In a session they are told before and taken back after, for it has more to do.
    /// </summary>
    internal ProjectBatch Use(PlannerSettings planner)
    {
        settings = planner;
        return this;
    }

    /// <summary>
    /// Runs the commands only for what a branch sees at this head: where it is the head no more, reading their results
    /// throws <see cref="HeadMovedException"/>. The check comes first, so what is read is what was the head then.
    /// </summary>
    internal void Expect(BranchSnapshot head) =>
        check = AddUnseen(
                """
                SELECT FROM branching.timeline AS line
                WHERE line.timeline_id = @timeline AND line.head_version = @head AND line.name_revision = @revision
                """
            )
            .With("timeline", head.Timeline.Value)
            .With("head", head.Version.Value)
            .With("revision", head.NameRevision ?? throw new ArgumentException("Its name was not read.", nameof(head)));

    /// <summary>
    /// Adds a command whose result is not to be seen, after others like it and before all whose result is: what it
    /// locks is seen by those as it is then.
    /// </summary>
    internal NpgsqlBatchCommand AddUnseen(string sql)
    {
        var command = new NpgsqlBatchCommand(sql);
        batch.BatchCommands.Insert(unseen++, command);
        return command;
    }

    public NpgsqlBatchCommand Add(NpgsqlBatchCommand command)
    {
        batch.BatchCommands.Add(command);
        return command;
    }

    /// <summary>Sends the commands and gives <paramref name="read"/> the first result of the caller's own.</summary>
    /// <exception cref="Errors.DendriteException">The database refused for a reason that has a name.</exception>
    public async Task<T> ReadAsync<T>(
        Func<NpgsqlDataReader, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await using var reader = await BeginReadAsync(cancellationToken);
            var result = await read(reader, cancellationToken);
            // A later command may have failed: its error comes when its result is reached.
            while (await reader.NextResultAsync(cancellationToken)) { }

            return result;
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
        finally
        {
            writes?.Note(batch.BatchCommands);
            if (isWhole && writes is not null)
            {
                await writes.TellAsync();
            }
        }
    }

    /// <summary>Sends the commands and reads the single row of the first, or null where it has none.</summary>
    public Task<T?> ReadRowAsync<T>(Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        where T : class =>
        ReadAsync(async (reader, token) => await reader.ReadAsync(token) ? read(reader) : null, cancellationToken);

    /// <summary>Sends the commands and reads every row of the first.</summary>
    public Task<IReadOnlyList<T>> ReadRowsAsync<T>(
        Func<NpgsqlDataReader, T> read,
        CancellationToken cancellationToken
    ) =>
        ReadAsync<IReadOnlyList<T>>(
            async (reader, token) =>
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(token))
                {
                    rows.Add(read(reader));
                }

                return rows;
            },
            cancellationToken
        );

    /// <summary>
    /// Sends the commands, which only read, and gives the rows of the first one by one until no more are wanted.
    /// </summary>
    /// <param name="take">Takes the row that the reader stands on; false: and wants none after it.</param>
    /// <param name="isRestSmall">Whether the rest may be received and dropped. Else a batch that is a transaction of
    /// its own is cancelled, which costs a connection.</param>
    /// <exception cref="Errors.DendriteException">As of <see cref="ReadAsync"/>.</exception>
    internal async Task TakeRowsAsync(
        Func<NpgsqlDataReader, bool> take,
        Func<bool> isRestSmall,
        CancellationToken cancellationToken
    )
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await using var reader = await BeginReadAsync(cancellationToken);
            var isWanted = true;
            while (isWanted && await reader.ReadAsync(cancellationToken))
            {
                isWanted = take(reader);
            }

            if (!isWanted && isWhole && !isRestSmall())
            {
                await leaving.CancelAsync();
            }

            while (await reader.NextResultAsync(leaving.Token)) { }
        }
        catch (OperationCanceledException)
            when (leaving.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // All that was wanted has come.
        }
        catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
        {
            throw known;
        }
    }

    /// <summary>
    /// Sends the commands and gives the rows of the first one by one, as they are taken: none is kept here. The
    /// connection is held until the enumeration ends.
    /// </summary>
    /// <param name="read">Reads the row that the reader stands on.</param>
    /// <param name="mayAbandon">Whether the transaction has nothing more to do, so that an enumeration that is left
    /// early may cancel the statement, and the transaction with it. Only of a session.</param>
    /// <exception cref="Errors.DendriteException">As of <see cref="ReadAsync"/>, also after rows have come.</exception>
    public async IAsyncEnumerable<T> StreamRowsAsync<T>(
        Func<NpgsqlDataReader, T> read,
        bool mayAbandon,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var reader = await Known(BeginReadAsync(cancellationToken));
        var ended = false;
        try
        {
            while (!(ended = !await Known(reader.ReadAsync(cancellationToken))))
            {
                yield return read(reader);
            }
        }
        finally
        {
            // Who stops early does not wait for the rest, which closing the reader would read to its end.
            if (!ended && mayAbandon)
            {
                batch.Cancel();
            }
        }

        static async Task<TAnswer> Known<TAnswer>(Task<TAnswer> answer)
        {
            try
            {
                return await answer;
            }
            catch (NpgsqlException failure) when (DatabaseFailure.Find(failure) is { } known)
            {
                throw known;
            }
        }
    }

    /// <summary>Sends the commands.</summary>
    public Task ExecuteAsync(CancellationToken cancellationToken) =>
        ReadAsync((_, _) => Task.FromResult(true), cancellationToken);

    private void AddSettings()
    {
        if (settings is not { } planner)
        {
            return;
        }

        if (telling is not null)
        {
            telling.CommandText = planner.TellWithProject;
        }
        else
        {
            AddUnseen(planner.Tell);
        }

        if (!isWhole)
        {
            Add(planner.TakeBack);
        }

        settings = null;
    }

    private async Task<NpgsqlDataReader> BeginReadAsync(CancellationToken cancellationToken)
    {
        AddSettings();
        var reader = await batch.ExecuteReaderAsync(cancellationToken);
        try
        {
            for (var i = 0; i < unseen; i++)
            {
                if (batch.BatchCommands[i] == check && !await reader.ReadAsync(cancellationToken))
                {
                    throw new HeadMovedException();
                }

                await reader.NextResultAsync(cancellationToken);
            }
        }
        catch
        {
            // The first command of the caller's own failed; the reader has the connection.
            await reader.DisposeAsync();
            throw;
        }

        return reader;
    }

    public ValueTask DisposeAsync() => batch.DisposeAsync();
}
