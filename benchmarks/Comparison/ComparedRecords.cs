using Dendrite.Benchmarks.Branching;
using Dendrite.V1;

namespace Dendrite.Benchmarks.Comparison;

/// <summary>A dataset in a branch, and two forks of it, of which one changed a cell of some records.</summary>
internal sealed class ComparedRecords(BenchmarkPlatform platform, int records, int changes)
{
    private static readonly string[] Columns =
    [
        "n",
        "subject",
        "test",
        "result",
        "unit",
        "day",
        "flag",
        "visit",
        "note",
    ];

    private string Base => $"compared-{records}";

    public string Old => $"compared-{records}-a";

    public string New => $"compared-{records}-b";

    public string Dataset => $"labs-{records}";

    /// <summary>The table that holds the same records as <see cref="New"/> in plain rows.</summary>
    public string PlainCopy => $"public.plain_copy_{records}";

    /// <summary>The table that holds the same records as <see cref="Old"/>.</summary>
    public string Plain => $"public.plain_{records}";

    public async Task FillAsync(CancellationToken cancellationToken)
    {
        var dataset = new Dataset { KeyColumns = { "n" } };
        dataset.Columns.AddRange(
            Columns.Select(
                (name, i) => new Column { Column_ = name, Type = i is 0 or 3 ? ColumnType.Integer : ColumnType.Text }
            )
        );
        // Main takes merges only.
        var parent = await platform.BranchAsync(Base, "main");
        var request = new CreateDatasetRequest
        {
            Parent = parent,
            DatasetId = Dataset,
            Dataset = dataset,
        };
        await platform.Datasets.CreateDatasetAsync(request, platform.Key, cancellationToken: cancellationToken);
        await CommitAsync(Base, $"generate_series(1, {records})", BenchmarkRecord.DocumentSql);
        await platform.BranchAsync(Old, Base);
        await platform.BranchAsync(New, Base);
        await CommitAsync(New, Changed, $"{BenchmarkRecord.DocumentSql} || jsonb_build_object('9', 'changed')");
        await platform.TidyAsync("records.row");
    }

    /// <summary>As a lab without branches has it: a copy of the table for each experiment.</summary>
    public async Task FillPlainAsync()
    {
        await platform.ArrangeAsync(
            $"""
            CREATE TABLE {Plain} AS SELECT int8send(n) AS key, {BenchmarkRecord.DocumentSql} AS document
            FROM generate_series(1, {records}) AS n;
            CREATE TABLE {PlainCopy} AS SELECT * FROM {Plain};
            UPDATE {PlainCopy} SET document = document || jsonb_build_object('9', 'changed')
            WHERE key IN (SELECT int8send(n) FROM {Changed} AS n);
            """
        );
        await platform.TidyAsync(Plain);
        await platform.TidyAsync(PlainCopy);
    }

    /// <summary>The records that differ, far from each other.</summary>
    private string Changed => $"generate_series(1, {records}, {records / changes})";

    private Task CommitAsync(string branch, string numbers, string document) =>
        platform.ArrangeAsync(
            $"""
            BEGIN;
            SELECT branching.commit(
                (SELECT timeline_id FROM branching.branch WHERE name = '{branch}'), 'merge', 'benchmark', '',
                decode(repeat('00', 32), 'hex'), jsonb_build_object());
            INSERT INTO records.row (
                project_id, dataset_id, key, version, timeline_id, shadows, document, digest)
            SELECT b.project_id, d.dataset_id, int8send(n), branching.committed_version(), b.timeline_id,
                {branch != Base}, {document}, sha256(int8send(n))
            FROM branching.branch AS b, records.dataset AS d, {numbers} AS n
            WHERE b.name = '{branch}' AND d.name = '{Dataset}';
            COMMIT;
            """
        );
}
