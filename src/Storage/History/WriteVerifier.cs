using System.Text.Json.Nodes;
using Dendrite.Storage.Commits;
using Dendrite.Storage.Merging;
using Dendrite.Storage.Records;
using Dendrite.Storage.Signals;
using Dendrite.Versioning;
using Npgsql;

namespace Dendrite.Storage.History;

/// <summary>
/// Recomputes the digest of a commit that wrote records or datasets, made a stream, merged, undid or picked, from the
/// rows that bear its version. A record whose document was changed is named, since each row keeps a digest of its own.
/// </summary>
internal sealed class WriteVerifier(PlatformDatabase database)
{
    private const string Written =
        "stored.project_id = @project AND stored.timeline_id = @timeline AND stored.version = @version";

    /// <summary>
    /// One round trip; the records are hashed as they come, so memory follows the largest document and, for a merge,
    /// the number of descriptors, anchors and annotations that it wrote.
    /// </summary>
    public async Task<DataCheck> VerifyAsync(
        ProjectId project,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        var (check, digest) = await ReadAsync(project, commit, cancellationToken);
        return check.Problem is not null || digest.AsSpan().SequenceEqual(commit.Commit.Content.Digest.Span)
            ? check
            : check with
            {
                Problem = "its data does not have the digest that it vouches for",
            };
    }

    /// <summary>
    /// What the rows of a commit make its digest, whatever it says itself; empty with a problem where they contradict
    /// themselves. One round trip.
    /// </summary>
    public async Task<(DataCheck Check, byte[] Digest)> ReadAsync(
        ProjectId project,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        await using var batch = database.CreateBatch(project);
        foreach (var query in Queries())
        {
            batch
                .Add(query)
                .With("project", project.Value)
                .With("timeline", commit.Commit.Content.Timeline.Value)
                .With("version", commit.Commit.Content.Version.Value);
        }

        return await batch.ReadAsync((reader, token) => ReadAsync(reader, commit, token), cancellationToken);
    }

    private static IEnumerable<string> Queries()
    {
        yield return $"""
            SELECT stored.dataset_id, stored.uid, stored.name, stored.definition, stored.deleted
            FROM records.dataset AS stored WHERE {Written} ORDER BY stored.dataset_id
            """;
        yield return $"""
            SELECT stored.dataset_id, stored.digest, {RecordSql.Columns}
            FROM records.row AS stored WHERE {Written} ORDER BY stored.dataset_id, stored.key
            """;
        yield return $"SELECT stored.owners, stored.through FROM branching.merged_vector AS stored WHERE {Written}";
        yield return """
            SELECT entry.owner_timeline_id, entry.through_version FROM branching.vector_entry AS entry
            WHERE entry.project_id = @project AND entry.timeline_id = @timeline AND entry.since_version = @version
            """;
        yield return $"""
            SELECT {DescriptorRows.Columns}
            FROM signals.stream AS stream CROSS JOIN (
                SELECT 0::bigint AS next_sample, 0::bigint AS missing_samples, 0::bigint AS stored_bytes,
                    0::bigint AS last_version
            ) AS progress
            WHERE {Written.Replace("stored.", "stream.", StringComparison.Ordinal)}
            """;
        foreach (var table in VersionedTable.OfSignals)
        {
            yield return $"SELECT to_jsonb(stored)::text FROM {table.Name} AS stored WHERE {Written}";
        }
    }

    private static async Task<(DataCheck Check, byte[] Digest)> ReadAsync(
        NpgsqlDataReader reader,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        var records = await ReadRecordsAsync(reader, commit, cancellationToken);
        if (records.Check.Problem is not null)
        {
            return records;
        }

        await reader.NextResultAsync(cancellationToken);
        var merged = await ReadVectorAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        if (await FindOtherEntryAsync(reader, merged, cancellationToken) is { } entry)
        {
            return (records.Check with { Problem = entry }, []);
        }

        await reader.NextResultAsync(cancellationToken);
        var made = await reader.ReadAsync(cancellationToken) ? DescriptorRows.Read(reader) : null;
        while (await reader.ReadAsync(cancellationToken)) { }

        List<VersionedRow> rows = [];
        foreach (var table in VersionedTable.OfSignals)
        {
            await reader.NextResultAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(new(table, JsonNode.Parse(reader.GetString(0))!.AsObject()));
            }
        }

        var digest = commit.Kind switch
        {
            CommitKind.Merge or CommitKind.Revert or CommitKind.Pick => MergeDigest.Compute(
                merged,
                records.Digest,
                rows
            ),
            _ when made is not null && IsNew(rows) => DescriptorRows.Digest(made.Descriptor),
            _ when rows.Count > 0 => SignalChangeDigest.Compute(rows),
            _ => records.Digest,
        };
        return (records.Check, digest);
    }

    /// <summary>Whether the rows are a stream that was made: one that changed keeps the time when it was.</summary>
    private static bool IsNew(List<VersionedRow> rows) =>
        rows is [{ Columns: var columns } only]
        && only.Table == VersionedTable.Stream
        && JsonNode.DeepEquals(columns["create_time"], columns["update_time"]);

    /// <summary>Datasets and records: two results.</summary>
    private static async Task<(DataCheck Check, byte[] Digest)> ReadRecordsAsync(
        NpgsqlDataReader reader,
        StoredCommit commit,
        CancellationToken cancellationToken
    )
    {
        using var digest = RecordDigest.BeginCommit();
        while (await reader.ReadAsync(cancellationToken))
        {
            digest.Add(
                new DatasetChange(
                    new(reader.GetInt64(0)),
                    reader.GetGuid(1),
                    reader.GetString(2),
                    reader.GetFieldValue<byte[]>(3)
                )
                {
                    Deleted = reader.GetBoolean(4),
                }
            );
        }

        await reader.NextResultAsync(cancellationToken);
        var (bytes, count) = (0L, 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            var dataset = new DatasetId(reader.GetInt64(0));
            var row = RecordSql.Read(reader, 2);
            bytes += row.Document?.Length ?? 0;
            count++;
            var recomputed = RecordDigest.OfRow(row.Document);
            if (!recomputed.AsSpan().SequenceEqual(reader.GetFieldValue<byte[]>(1)))
            {
                return (new(bytes, "its data was changed") { Record = new(dataset, row.Key) }, []);
            }

            digest.Add(dataset, row.Key.Span, recomputed);
        }

        // What a merge says is how much it brought, not how much it wrote itself.
        var isCounted = commit.Kind == CommitKind.Write && commit.Statistics.ContainsKey("records");
        return isCounted && commit.Statistics["records"] != count
            ? (new(bytes, $"it wrote {commit.Statistics["records"]} records, and {count} are stored"), [])
            : (new(bytes, null), digest.Complete());
    }

    private static async Task<Snapshot> ReadVectorAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken))
        {
            return Snapshot.Empty;
        }

        var owners = await reader.GetFieldValueAsync<long[]>(0, cancellationToken);
        var through = await reader.GetFieldValueAsync<long[]>(1, cancellationToken);
        return Snapshot.Of(
            owners.Zip(through, (owner, version) => new SnapshotEntry(new(owner), new CommitVersion(version)))
        );
    }

    /// <summary>Entries of the vector may be left out when they are implied; none may show more or less.</summary>
    private static async Task<string?> FindOtherEntryAsync(
        NpgsqlDataReader reader,
        Snapshot merged,
        CancellationToken cancellationToken
    )
    {
        while (await reader.ReadAsync(cancellationToken))
        {
            var (owner, through) = (new TimelineId(reader.GetInt64(0)), new CommitVersion(reader.GetInt64(1)));
            if (merged[owner] != through)
            {
                return $"its branch sees timeline {owner} up to {through} by it, and {merged[owner]} was merged";
            }
        }

        return null;
    }
}
