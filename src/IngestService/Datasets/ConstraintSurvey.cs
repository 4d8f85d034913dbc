using System.Buffers.Binary;
using Dendrite.IngestService.Records;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Datasets;

/// <summary>
/// What all records of a dataset have under its constraints. Of a record it keeps the key and 16 bytes a constraint,
/// since there may be millions: those that seem to break one are to be read again. Not thread-safe.
/// </summary>
internal sealed class ConstraintSurvey(Dataset dataset)
{
    /// <summary>Records that are looked at again, of all that break something: as many as an error names.</summary>
    private const int MaxSuspects = 100;

    private readonly List<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> entries = [];
    private readonly Dictionary<UniqueConstraint, HashSet<UInt128>> held = [];
    private readonly Dictionary<ReferenceConstraint, Dictionary<UInt128, ReadOnlyMemory<byte>>> referred = [];
    private readonly HashSet<UInt128> suspicious = [];

    /// <summary>By which the records are found; the records are without their documents.</summary>
    public IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)> Entries => entries;

    /// <summary>Each reference with the keys that records refer to by it, each once.</summary>
    public IEnumerable<(ReferenceConstraint Rule, IReadOnlyCollection<ReadOnlyMemory<byte>> Keys)> Referred =>
        referred.Select(pair => (pair.Key, (IReadOnlyCollection<ReadOnlyMemory<byte>>)pair.Value.Values));

    public void Add(StoredRecord record, RecordCells cells)
    {
        var bare = record with { Document = null };
        entries.AddRange(PlannedWrite.LookupsOf(cells).Select(entry => (dataset.Id, bare, entry)));
        foreach (var constraint in dataset.Definition.Constraints)
        {
            if (ConstraintDigest.Of(constraint, cells) is { } digest)
            {
                Add(constraint, Of(digest), cells);
            }
        }
    }

    /// <summary>Takes in which of the keys that records refer to by a reference are of no record.</summary>
    public void Miss(ReferenceConstraint rule, IEnumerable<ReadOnlyMemory<byte>> keys)
    {
        var missing = keys.ToHashSet(KeyComparer.Instance);
        foreach (var (digest, _) in referred[rule].Where(pair => missing.Contains(pair.Value)))
        {
            Suspect(digest);
        }
    }

    /// <summary>
    /// Keys of records that break a constraint, with those that they break it with; not all, and at least one pair or
    /// one record where there is any.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Suspects()
    {
        if (suspicious.Count == 0)
        {
            return [];
        }

        // Of each group two at least: the second is at fault, and with the first one.
        var ofEach = Math.Max(2, MaxSuspects / suspicious.Count);
        return
        [
            .. entries
                .Where(entry => suspicious.Contains(Of(entry.Entry.Digest)))
                .GroupBy(entry => Of(entry.Entry.Digest))
                .SelectMany(group => group.Take(ofEach).Select(entry => entry.Record.Key))
                .Distinct(KeyComparer.Instance),
        ];
    }

    private void Add(DatasetConstraint constraint, UInt128 digest, RecordCells cells)
    {
        switch (constraint)
        {
            case UniqueConstraint unique:
                var others = held.TryGetValue(unique, out var known) ? known : held[unique] = [];
                if (!others.Add(digest))
                {
                    Suspect(digest);
                }

                break;
            case ReferenceConstraint reference:
                var keys = referred.TryGetValue(reference, out var those) ? those : referred[reference] = [];
                keys.TryAdd(digest, ConstraintDigest.ReferencedKey(reference, cells)!);
                break;
        }
    }

    private void Suspect(UInt128 digest)
    {
        if (suspicious.Count < MaxSuspects)
        {
            suspicious.Add(digest);
        }
    }

    private static UInt128 Of(ReadOnlyMemory<byte> digest) => BinaryPrimitives.ReadUInt128BigEndian(digest.Span);
}
