using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>
/// Finds records by the values that a rule of their dataset covers: who else has these values (uniqueness), who refers
/// to this key (references). Thread-safe, except within one session.
/// </summary>
public sealed class RecordLookups(PlatformDatabase database)
{
    /// <summary>Entries that one statement adds: of all records of a dataset there may be millions.</summary>
    private const int AddedAtOnce = 20_000;

    /// <summary>
    /// The keys of live records that have one of the digests under a rule, at most <paramref name="limitEach"/> for
    /// each digest, by digest and key. One round trip; costs a probe for each row version that ever had a digest, up to
    /// the limit.
    /// </summary>
    public async Task<IReadOnlyList<LookupMatch>> FindAsync(
        RecordView view,
        DatasetId dataset,
        IReadOnlyCollection<RuleDigest> digests,
        int limitEach,
        CancellationToken cancellationToken
    )
    {
        if (digests.Count == 0)
        {
            return [];
        }

        await using var batch = view.CreateBatch(database);
        batch
            .Add(
                $"""
                SELECT asked.rule_id, asked.digest, found.key, found.version
                FROM unnest(@rules, @digests) AS asked (rule_id, digest)
                CROSS JOIN LATERAL (
                    SELECT entry.key, entry.version FROM records.lookup AS entry
                    CROSS JOIN LATERAL ({RecordSql.Winner("@dataset", "entry.key", VectorNames.Plain)}) AS winner
                    WHERE entry.project_id = @project AND entry.dataset_id = @dataset
                        AND entry.rule_id = asked.rule_id AND entry.digest = asked.digest
                        AND winner.version = entry.version AND winner.document IS NOT NULL
                    ORDER BY entry.key
                    LIMIT @limit
                ) AS found
                ORDER BY asked.rule_id, asked.digest, found.key
                """
            )
            .With("project", view.Project.Value)
            .With("dataset", dataset.Value)
            .With("rules", digests.Select(digest => digest.Rule).ToArray())
            .With("digests", digests.Select(digest => digest.Digest.ToArray()).ToArray())
            .With("limit", limitEach)
            .With(view.Snapshot);
        return await batch.ReadRowsAsync(
            row => new LookupMatch(
                new(row.GetInt32(0), row.GetFieldValue<byte[]>(1)),
                row.GetFieldValue<byte[]>(2),
                new(row.GetInt64(3))
            ),
            cancellationToken
        );
    }

    /// <summary>
    /// Adds entries for row versions that stand already: of records that were written before the rule was, or on the
    /// other side of a merge from it. Entries that are there are left. They say nothing of themselves (see
    /// <see cref="FindAsync"/>), so they belong to no commit and show in no snapshot. One round trip for 20,000.
    /// </summary>
    /// <param name="session">The transaction that makes the rule known.</param>
    /// <param name="dataset">Whose rule it is.</param>
    /// <param name="entries">The row versions, as they were read, and their digests.</param>
    public static async Task AddAsync(
        ProjectSession session,
        DatasetId dataset,
        IReadOnlyCollection<(StoredRecord Record, RuleDigest Entry)> entries,
        CancellationToken cancellationToken
    )
    {
        foreach (var some in entries.Chunk(AddedAtOnce))
        {
            await AddSomeAsync(session, dataset, some, cancellationToken);
        }
    }

    /// <summary>As <see cref="AddAsync"/>, for any datasets. No round trip without entries.</summary>
    public static async Task AddAllAsync(
        ProjectSession session,
        IReadOnlyCollection<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> entries,
        CancellationToken cancellationToken
    )
    {
        foreach (var dataset in entries.GroupBy(entry => entry.Dataset))
        {
            var added = dataset.Select(entry => (entry.Record, entry.Entry)).ToList();
            await AddAsync(session, dataset.Key, added, cancellationToken);
        }
    }

    private static async Task AddSomeAsync(
        ProjectSession session,
        DatasetId dataset,
        (StoredRecord Record, RuleDigest Entry)[] entries,
        CancellationToken cancellationToken
    )
    {
        await using var batch = session.CreateBatch();
        batch
            .Add(
                """
                INSERT INTO records.lookup (project_id, dataset_id, rule_id, digest, key, version, timeline_id)
                SELECT @project, @dataset, entry.rule_id, entry.digest, entry.key, entry.version, entry.timeline_id
                FROM unnest(@rules, @digests, @keys, @versions, @timelines)
                    AS entry (rule_id, digest, key, version, timeline_id)
                ON CONFLICT DO NOTHING
                """
            )
            .With("project", session.Project.Value)
            .With("dataset", dataset.Value)
            .With("rules", entries.Select(entry => entry.Entry.Rule).ToArray())
            .With("digests", entries.Select(entry => entry.Entry.Digest.ToArray()).ToArray())
            .With("keys", entries.Select(entry => entry.Record.Key.ToArray()).ToArray())
            .With("versions", entries.Select(entry => entry.Record.Version.Value).ToArray())
            .With("timelines", entries.Select(entry => entry.Record.Timeline.Value).ToArray());
        await batch.ExecuteAsync(cancellationToken);
    }
}

/// <summary>A live record that has a digest under a rule.</summary>
public sealed record LookupMatch(RuleDigest Entry, ReadOnlyMemory<byte> Key, CommitVersion Version);
