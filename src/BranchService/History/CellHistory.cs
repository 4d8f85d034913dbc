using Dendrite.Contracts.Cells;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;
using Dendrite.Versioning;

namespace Dendrite.BranchService.History;

/// <summary>
/// What each version of a record changed, cell by cell: against the record as its writer saw it, and where a merge
/// restates what its target had, against what the history says last of the cell before it.
/// </summary>
/// <remarks>
/// A merge that decides for its target changes nothing there, but the loser's row is in the history from then on and
/// may be the newest that names the cell. With the merge's row the newest says what holds:
/// <code>
/// version    8  ben   11 -> 1.0
///            6  ann   11 -> 1.1
///           12  main  1.1 as before the merge: told as 1.0 -> 1.1
/// </code>
/// </remarks>
/// <param name="column">Only this one; empty: all.</param>
internal sealed class CellHistory(DatasetDefinition definition, string column)
{
    private readonly int[] wanted =
    [
        .. Enumerable
            .Range(0, definition.Columns.Length)
            .Where(at => column.Length == 0 || definition.Columns[at].Name == column),
    ];

    /// <summary>The changes of each version, in the order of the versions.</summary>
    /// <param name="versions">Newest first; what a merge at the end restates is told only by those behind it.</param>
    public IReadOnlyList<IReadOnlyList<V1.CellChange>> Describe(IReadOnlyList<RecordVersion> versions)
    {
        var told = versions.Select(Read).ToArray();
        // From the oldest: what a merge restates depends on what merges before it are told to have changed.
        for (var at = told.Length - 1; at >= 0; at--)
        {
            if (told[at].Version.Seen.Count > 0)
            {
                AddRestated(told, at);
            }
        }

        return [.. told.Select(version => (IReadOnlyList<V1.CellChange>)[.. version.Changes.OfType<V1.CellChange>()])];
    }

    /// <summary>
    /// Whether versions behind these may say what a cell was that one of the first, a merge, does not change.
    /// </summary>
    /// <param name="versions">Newest first.</param>
    /// <param name="first">How many are asked about.</param>
    public bool IsOpen(IReadOnlyList<RecordVersion> versions, int first)
    {
        var told = versions.Select(Read).ToArray();
        return Enumerable
            .Range(0, first)
            .Any(at =>
                told[at].Version.Seen.Any(seen => seen < told[^1].Number)
                && Enumerable
                    .Range(0, wanted.Length)
                    .Any(i => told[at].Changes[i] is null && FindLast(told, OlderThan(told, at), i) < 0)
            );
    }

    private Told Read(RecordVersion version)
    {
        var told = new Told(
            version,
            CellsOf(version.Before),
            CellsOf(version.Record),
            new V1.CellChange?[wanted.Length]
        );
        for (var i = 0; i < wanted.Length; i++)
        {
            told.Changes[i] = Change(wanted[i], told.Before, told.Now);
        }

        return told;
    }

    private void AddRestated(Told[] told, int merge)
    {
        var older = OlderThan(told, merge);
        for (var i = 0; i < wanted.Length; i++)
        {
            var last = FindLast(told, older, i);
            if (told[merge].Changes[i] is null && last >= 0)
            {
                told[merge].Changes[i] = Change(wanted[i], told[last].Now, told[merge].Now);
            }
        }
    }

    /// <summary>Where the versions stand that a merge saw, newest first.</summary>
    private static int[] OlderThan(Told[] told, int merge)
    {
        var seen = told[merge].Version.Seen.ToHashSet();
        return [.. Enumerable.Range(merge + 1, told.Length - merge - 1).Where(at => seen.Contains(told[at].Number))];
    }

    /// <summary>The newest of these that said something of a cell: who wrote the record anew, or deleted it, did of
    /// every cell. -1: none.</summary>
    private static int FindLast(Told[] told, int[] places, int cell) =>
        places.FirstOrDefault(
            at => told[at].Changes[cell] is not null || told[at].Before is null || told[at].Now is null,
            -1
        );

    private V1.CellChange? Change(int at, RecordCells? from, RecordCells? to)
    {
        var (old, now) = (from?.Values[at], to?.Values[at]);
        return old == now
            ? null
            : new()
            {
                Column = definition.Columns[at].Name,
                From = from is null ? null : ValueMapper.ToValue(old),
                To = to is null ? null : ValueMapper.ToValue(now),
            };
    }

    private RecordCells? CellsOf(StoredRecord? record) =>
        record?.Document is { } document ? RecordCells.Read(definition, document) : null;

    /// <summary>A version whose cells are read.</summary>
    /// <param name="Changes">One for each wanted column; null: it did not change.</param>
    private sealed record Told(RecordVersion Version, RecordCells? Before, RecordCells? Now, V1.CellChange?[] Changes)
    {
        public CommitVersion Number => Version.Record.Version;
    }
}
