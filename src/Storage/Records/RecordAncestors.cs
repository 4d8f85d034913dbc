using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>A version of a record and the versions that it was written over.</summary>
/// <param name="Document">Null: the record was deleted.</param>
/// <param name="Over">One, of a merge's up to two; none where there was no record before.</param>
public sealed record AncestralRecord(
    CommitVersion Version,
    ReadOnlyMemory<byte>? Document,
    IReadOnlyList<CommitVersion> Over
);

/// <summary>
/// Finds the versions that led to what two sides of a merge show, from both back to the base. Thread-safe.
/// </summary>
public sealed class RecordAncestors(PlatformDatabase database)
{
    private static readonly VectorNames BaseVector = new("base_");

    private static readonly string Select = $"""
        WITH RECURSIVE asked AS MATERIALIZED (
            SELECT * FROM unnest(@datasets, @keys, @bases, @sources, @targets) WITH ORDINALITY
                AS asked (dataset_id, key, base, source, target, place)
        ), step (place, above, version, timeline_id) AS (
            SELECT asked.place, 0::bigint, stored.version, stored.timeline_id
            FROM asked
            JOIN records.row AS stored ON stored.project_id = @project AND stored.dataset_id = asked.dataset_id
                AND stored.key = asked.key AND stored.version IN (asked.source, asked.target)
            UNION
            SELECT step.place, step.version, seen.version, seen.timeline_id
            FROM step
            JOIN asked ON asked.place = step.place AND asked.base <> step.version
            CROSS JOIN LATERAL branching.seen_by_commit(step.timeline_id, step.version) AS saw
            CROSS JOIN LATERAL (
                SELECT stored.version, stored.timeline_id FROM records.row AS stored
                WHERE stored.project_id = @project AND stored.dataset_id = asked.dataset_id
                    AND stored.key = asked.key AND stored.version < step.version
                    AND {RecordSql.Sees("stored", "saw.owners", "saw.through")}
                ORDER BY stored.version DESC
                LIMIT 1
            ) AS seen
        )
        SELECT asked.place, step.above, step.version, stored.document,
            (step.version <> asked.base AND asked.base > 0 AND {RecordSql.Sees("stored", BaseVector)}) IS TRUE
        FROM step
        JOIN asked ON asked.place = step.place
        JOIN records.row AS stored ON stored.project_id = @project AND stored.dataset_id = asked.dataset_id
            AND stored.key = asked.key AND stored.version = step.version
        """;

    /// <summary>
    /// The versions that led to each record's source and target, these and the base's included, in the order of the
    /// records. One round trip, whose cost follows the versions beyond the base; a second one where merges in both
    /// directions left more than one version in the base: then all versions count.
    /// </summary>
    /// <param name="view">The sides of the merge.</param>
    /// <param name="records">That both sides wrote beyond its base.</param>
    /// <param name="hold">Is told the bytes of each document as it comes, and may refuse it.</param>
    public async Task<IReadOnlyList<IReadOnlyList<AncestralRecord>>> ListAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> records,
        Action<int> hold,
        CancellationToken cancellationToken
    )
    {
        var steps = await ReadAsync(view, records, record => record.Base?.Version ?? default, hold, cancellationToken);
        var crosswise = Enumerable.Range(0, records.Count).Where(i => steps[i].Any(step => step.IsBesideBase)).ToList();
        var again = crosswise.Select(i => records[i]).ToList();
        var whole = await ReadAsync(view, again, _ => default, hold, cancellationToken);
        for (var i = 0; i < crosswise.Count; i++)
        {
            steps[crosswise[i]] = whole[i];
        }

        return [.. steps.Select(RowsOf)];
    }

    private async Task<List<Step>[]> ReadAsync(
        DivergedView view,
        IReadOnlyList<DivergedRecord> records,
        Func<DivergedRecord, CommitVersion> atBase,
        Action<int> hold,
        CancellationToken cancellationToken
    )
    {
        var found = records.Select(_ => new List<Step>()).ToArray();
        if (records.Count == 0)
        {
            return found;
        }

        await using var batch = (view.Session?.CreateBatch() ?? database.CreateBatch(view.Project)).Use(
            PlannerSettings.ByKey
        );
        var command = batch
            .Add(Select)
            .With("project", view.Project.Value)
            .With("datasets", records.Select(record => record.Dataset.Value).ToArray())
            .With("keys", records.Select(record => record.Key.ToArray()).ToArray())
            .With("bases", records.Select(record => atBase(record).Value).ToArray())
            .With("sources", records.Select(record => record.Source?.Version.Value ?? 0).ToArray())
            .With("targets", records.Select(record => record.Target?.Version.Value ?? 0).ToArray());
        BaseVector.Bind(command, view.Base);
        var rows = await batch.ReadRowsAsync(
            row =>
            {
                var document = RecordSql.Document(row, 3);
                hold(document?.Length ?? 0);
                var step = new Step(new(row.GetInt64(1)), new(row.GetInt64(2)), document, row.GetBoolean(4));
                return (Place: row.GetInt64(0), Step: step);
            },
            cancellationToken
        );
        foreach (var (place, step) in rows)
        {
            found[place - 1].Add(step);
        }

        return found;
    }

    private static IReadOnlyList<AncestralRecord> RowsOf(List<Step> steps)
    {
        var over = steps.ToLookup(step => step.Above, step => step.Version);
        return
        [
            .. steps
                .DistinctBy(step => step.Version)
                .Select(step => new AncestralRecord(step.Version, step.Document, [.. over[step.Version]])),
        ];
    }

    /// <param name="Above">The version that was written over this one; zero: what a side shows.</param>
    /// <param name="IsBesideBase">Whether the base sees it and does not show it.</param>
    private sealed record Step(
        CommitVersion Above,
        CommitVersion Version,
        ReadOnlyMemory<byte>? Document,
        bool IsBesideBase
    );
}
