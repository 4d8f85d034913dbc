using Dendrite.Storage.Commits;
using Dendrite.Storage.Snapshots;
using Dendrite.Versioning;

namespace Dendrite.Storage.Records;

/// <summary>The rows that a commit writes: checked, hashed and in key order, before any lock is taken.</summary>
public sealed class RecordRows
{
    /// <summary>
    /// Rows of one statement: enough that the statement's own cost is nothing, few enough that its arrays stay small on
    /// both sides.
    /// </summary>
    private const int RowsInStatement = 2_000;

    /// <summary>Bytes of documents in one statement, for rows that are large.</summary>
    private const int BytesInStatement = 4 << 20;

    private readonly DatasetChange[] datasets;
    private readonly (RecordChange Change, byte[] Digest)[] rows;

    private RecordRows(DatasetChange[] datasets, (RecordChange, byte[])[] rows, byte[] digest)
    {
        this.datasets = datasets;
        this.rows = rows;
        Digest = digest;
    }

    /// <summary>What the commit's digest is; see <see cref="RecordDigest"/>.</summary>
    public byte[] Digest { get; }

    /// <summary>Records written, deletions included.</summary>
    public int Count => rows.Length;

    /// <summary>How much is written, for <see cref="CommitRequest.Statistics"/>.</summary>
    public IReadOnlyDictionary<string, long> Statistics =>
        new Dictionary<string, long> { ["records"] = rows.Length, ["datasets"] = datasets.Length };

    /// <summary>Sorts and hashes what is to be written.</summary>
    /// <exception cref="ArgumentException">A key or a dataset occurs twice, or a document is no JSON.</exception>
    public static RecordRows Prepare(IReadOnlyList<DatasetChange> datasets, IReadOnlyList<RecordChange> records)
    {
        using var digest = RecordDigest.BeginCommit();
        var sortedDatasets = datasets.OrderBy(dataset => dataset.Id.Value).ToArray();
        for (var i = 0; i < sortedDatasets.Length; i++)
        {
            if (i > 0 && sortedDatasets[i].Id == sortedDatasets[i - 1].Id)
            {
                throw new ArgumentException($"Dataset {sortedDatasets[i].Id} occurs twice.", nameof(datasets));
            }

            digest.Add(sortedDatasets[i]);
        }

        var rows = records.Select(change => (change, RecordDigest.OfRow(change.Document))).ToArray();
        Array.Sort(rows, (left, right) => Compare(left.change, right.change));
        for (var i = 0; i < rows.Length; i++)
        {
            var change = rows[i].change;
            if (i > 0 && Compare(rows[i - 1].change, change) == 0)
            {
                var key = Convert.ToHexString(change.Key.Span);
                throw new ArgumentException($"Key {key} of dataset {change.Dataset} occurs twice.", nameof(records));
            }

            digest.Add(change.Dataset, change.Key.Span, rows[i].Item2);
        }

        return new(sortedDatasets, rows, digest.Complete());
    }

    /// <summary>
    /// Adds the statements that write the rows, to stand behind the commit door in the same transaction.
    /// </summary>
    /// <param name="batch">Of the transaction that passed the door.</param>
    /// <param name="project">The tenant.</param>
    /// <param name="timeline">The timeline that commits.</param>
    /// <param name="seen">What the timeline sees at the head that the commit follows, for a merge with what it merges:
    /// rows of other timelines that the new ones win over.</param>
    public void AddTo(ProjectBatch batch, ProjectId project, TimelineId timeline, Snapshot seen) =>
        AddTo(batch, project, timeline, new RecordView(project, seen));

    /// <summary>As above, behind a commit that follows the head of a branch.</summary>
    internal void AddTo(ProjectBatch batch, ProjectId project, BranchSnapshot head) =>
        AddTo(batch, project, head.Timeline, RecordView.Of(project, head));

    private void AddTo(ProjectBatch batch, ProjectId project, TimelineId timeline, RecordView seen)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (var dataset in datasets)
        {
            RecordStatements.AddDataset(batch, project, timeline, dataset);
        }

        for (var start = 0; start < rows.Length; )
        {
            var end = NextStatement(start);
            RecordStatements.AddRows(batch, timeline, seen, rows.AsSpan(start..end));
            start = end;
        }
    }

    private int NextStatement(int start)
    {
        var end = start;
        for (var bytes = 0L; end < rows.Length && end - start < RowsInStatement && bytes < BytesInStatement; end++)
        {
            bytes += rows[end].Change.Document?.Length ?? 0;
        }

        return end;
    }

    private static int Compare(RecordChange left, RecordChange right) =>
        left.Dataset != right.Dataset
            ? left.Dataset.Value.CompareTo(right.Dataset.Value)
            : left.Key.Span.SequenceCompareTo(right.Key.Span);
}
