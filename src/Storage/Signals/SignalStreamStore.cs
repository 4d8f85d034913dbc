using Dendrite.Storage.Commits;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Records;
using Dendrite.Storage.Requests;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.Signals;

/// <summary>Finds and creates streams. Thread-safe.</summary>
public sealed class SignalStreamStore(PlatformDatabase database)
{
    /// <summary>The live stream of that name, or null. One round trip.</summary>
    public async Task<SignalStream?> FindAsync(
        ProjectId project,
        Snapshot snapshot,
        string name,
        CancellationToken cancellation
    )
    {
        await using var batch = database.CreateBatch(project);
        return await FindAsync(batch, project, snapshot, name, cancellation);
    }

    /// <summary>The live stream of that name as a view sees it, or null. One round trip.</summary>
    public async Task<SignalStream?> FindAsync(RecordView view, string name, CancellationToken cancellation)
    {
        await using var batch = view.CreateBatch(database);
        return await FindAsync(batch, view.Project, view.Snapshot, name, cancellation);
    }

    /// <summary>
    /// A page of the live streams. One round trip; cost follows the number of streams in the snapshot, and with a
    /// filter what it costs to know how far each of them reaches.
    /// </summary>
    public async Task<IReadOnlyList<SignalStream>> ListAsync(
        RecordView view,
        StreamListQuery query,
        CancellationToken cancellation
    )
    {
        await using var batch = view.CreateBatch(database);
        // Without a filter only the streams of the page are asked how far they reach.
        var progress = query.Filter is null ? "" : DescriptorRows.JoinProgress;
        var command = RowConditionSql
            .AddTo(
                batch,
                query.Filter ?? RowCondition.All(),
                filter =>
                    $"""
                        WITH newest AS (
                            SELECT DISTINCT ON (stream.stream_id) stream.*
                            FROM branching.seen(@owners, @through) AS seen (timeline_id, through)
                            JOIN signals.stream ON stream.project_id = @project
                                AND stream.timeline_id = seen.timeline_id AND stream.version <= seen.through
                            ORDER BY stream.stream_id, stream.version DESC
                        ),
                        page AS (
                            SELECT stream.* FROM newest AS stream {progress}
                            WHERE NOT stream.deleted AND {query.AfterPlace} AND {filter}
                            ORDER BY {query.OrderBy}
                            LIMIT @count
                        )
                        SELECT {DescriptorRows.Columns} FROM page AS stream {DescriptorRows.JoinProgress}
                        ORDER BY {query.OrderBy}
                        """
            )
            .With("project", view.Project.Value)
            .With(view.Snapshot);
        query.AddTo(command);
        return await batch.ReadRowsAsync(DescriptorRows.Read, cancellation);
    }

    /// <summary>As the other one, by the way: for samples that come.</summary>
    public Task<(SignalStream Stream, bool Created)> CreateAsync(
        CommitAuthor author,
        Guid uid,
        SignalStreamDescriptor descriptor,
        CancellationToken cancellation
    ) => CreateAsync(author, uid, descriptor, request: null, cancellation);

    /// <summary>
    /// Creates the stream, or finds the one that another writer created a moment before. Four round trips and a durable
    /// commit when it is new.
    /// </summary>
    /// <param name="author">Project, timeline and who commits.</param>
    /// <param name="uid">The new stream's uid.</param>
    /// <param name="descriptor">What to create.</param>
    /// <param name="request">
    /// Who asks, remembered and audited where the stream is new: a repetition fails as
    /// <see cref="IdempotencyStore.IsRepetition"/> says. Null: nobody.
    /// </param>
    /// <param name="cancellation">Cancelling leaves open whether the stream was created; creating it again finds
    /// it.</param>
    /// <returns>The stream, and whether this call made it. One that was there may have another layout.</returns>
    public async Task<(SignalStream Stream, bool Created)> CreateAsync(
        CommitAuthor author,
        Guid uid,
        SignalStreamDescriptor descriptor,
        Mutation? request,
        CancellationToken cancellation
    )
    {
        await using var session = await database.BeginAsync(author.Project, author.Timeline, cancellation);
        var (version, own) = await PassDoorAsync(session, author, descriptor, cancellation);
        await using var lookup = session.CreateBatch();
        if (await FindAsync(lookup, author.Project, own, descriptor.Name, cancellation) is { } existing)
        {
            return (existing, false);
        }

        await using var batch = session.CreateBatch();
        DescriptorRows.AddNew(batch, new(author.Project, author.Timeline, version), uid, descriptor);
        if (request is not null)
        {
            IdempotencyStore.AddCommittedTo(batch, request, []);
        }

        var (streamId, time) = await batch.ReadAsync(ReadIdentityAsync, cancellation);
        var stream = new SignalStream(streamId, uid, descriptor, version, Finished: false)
        {
            CreateTime = time,
            UpdateTime = time,
        };
        await session.CommitAsync(cancellation);
        return (stream, true);
    }

    /// <summary>
    /// Commits, and reads what the branch sees then: a merge may have brought a stream of that name since the branch
    /// was read. One round trip; from here on the commit door holds the branch still.
    /// </summary>
    private static async Task<(CommitVersion Version, Snapshot Seen)> PassDoorAsync(
        ProjectSession session,
        CommitAuthor author,
        SignalStreamDescriptor descriptor,
        CancellationToken cancellation
    )
    {
        await using var batch = session.CreateBatch();
        batch.Add(CommitDoor.CreateCommand(author.ToRequest(descriptor)));
        batch
            .Add("SELECT owner_timeline_id, through_version FROM branching.vector_at_head(@timeline)")
            .With("timeline", author.Timeline.Value);
        return await batch.ReadAsync(
            async (reader, token) =>
            {
                var receipt = await CommitDoor.ReadReceiptAsync(reader, token);
                await reader.NextResultAsync(token);
                List<SnapshotEntry> entries = [];
                while (await reader.ReadAsync(token))
                {
                    entries.Add(new(new(reader.GetInt64(0)), new(reader.GetInt64(1))));
                }

                return (receipt.Version, Snapshot.Of(entries));
            },
            cancellation
        );
    }

    private static async Task<(long StreamId, DateTimeOffset Time)> ReadIdentityAsync(
        NpgsqlDataReader reader,
        CancellationToken cancellation
    )
    {
        await reader.ReadAsync(cancellation);
        return (reader.GetInt64(0), await reader.GetFieldValueAsync<DateTimeOffset>(1, cancellation));
    }

    private static async Task<SignalStream?> FindAsync(
        ProjectBatch batch,
        ProjectId project,
        Snapshot snapshot,
        string name,
        CancellationToken cancellation
    )
    {
        // A stream that was renamed away from the name has a row with it too, so each candidate's newest row decides.
        batch
            .Add(
                $"""
                WITH candidate AS (
                    SELECT DISTINCT named.stream_id
                    FROM signals.seen_by_name(@name, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.stream AS named ON named.project_id = @project
                        AND named.timeline_id = seen.timeline_id AND named.version <= seen.through
                        AND named.name = @name
                )
                SELECT {DescriptorRows.Columns}
                FROM candidate CROSS JOIN LATERAL (
                    SELECT known.*
                    FROM signals.seen(candidate.stream_id, @owners, @through) AS seen (timeline_id, through)
                    JOIN signals.stream AS known ON known.project_id = @project
                        AND known.timeline_id = seen.timeline_id AND known.version <= seen.through
                        AND known.stream_id = candidate.stream_id
                    ORDER BY known.version DESC
                    LIMIT 1
                ) AS stream {DescriptorRows.JoinProgress}
                WHERE stream.name = @name AND NOT stream.deleted
                ORDER BY stream.stream_id
                LIMIT 1
                """
            )
            .With("project", project.Value)
            .With("name", name)
            .With(snapshot);
        return await batch.ReadRowsAsync(DescriptorRows.Read, cancellation) is [var found, ..] ? found : null;
    }
}
