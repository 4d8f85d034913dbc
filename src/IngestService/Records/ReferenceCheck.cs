using Dendrite.IngestService.Datasets;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>Whether references point at records that are there, before and after a commit.</summary>
internal sealed class ReferenceCheck(DatasetCatalog catalog, RecordReader reader, RecordLookups lookups)
{
    /// <summary>Keys of one question to the database: bounded arrays, few round trips.</summary>
    private const int AskedAtOnce = 5_000;

    /// <summary>Who is named when many refer to a deleted record.</summary>
    private const int MaxNamed = 5;

    /// <summary>Writes that refer to a record that will not be there. One round trip for 5,000 keys.</summary>
    public async Task<IReadOnlyList<BrokenConstraint>> FindDanglingAsync(
        RecordView view,
        WriteSet writes,
        (DatasetWriteSet Set, ReferenceConstraint Rule) from,
        CancellationToken cancellationToken
    )
    {
        var referring = new Dictionary<ReadOnlyMemory<byte>, List<PlannedWrite>>(KeyComparer.Instance);
        foreach (var write in from.Set.Writes)
        {
            if (write.Cells is { } cells && ConstraintDigest.ReferencedKey(from.Rule, cells) is { } key)
            {
                var known = referring.TryGetValue(key, out var others) ? others : referring[key] = [];
                known.Add(write);
            }
        }

        if (referring.Count == 0)
        {
            return [];
        }

        var target = await catalog.FindAsync(view, from.Rule.DatasetId, cancellationToken);
        var missing = target is null
            ? [.. referring.Keys]
            : await FindMissingAsync(view, target, writes.Find(target.Id), referring.Keys, cancellationToken);
        return [.. missing.SelectMany(key => referring[key]).Select(write => Dangling(write, from.Rule))];
    }

    /// <summary>
    /// Which of the keys that a reference refers to are of no record that is stored. One round trip for 5,000 keys.
    /// </summary>
    public async Task<IReadOnlyCollection<ReadOnlyMemory<byte>>> FindMissingAsync(
        RecordView view,
        ReferenceConstraint rule,
        IReadOnlyCollection<ReadOnlyMemory<byte>> keys,
        CancellationToken cancellationToken
    ) =>
        await catalog.FindAsync(view, rule.DatasetId, cancellationToken) is { } target
            ? await FindMissingAsync(view, target, pending: null, keys, cancellationToken)
            : keys;

    /// <summary>
    /// Deletions of records that others refer to. One round trip for each reference that points at a dataset of the
    /// deletions.
    /// </summary>
    public async Task<IReadOnlyList<BrokenConstraint>> FindAbandonedAsync(
        RecordView view,
        WriteSet writes,
        IReadOnlyList<Dataset> datasets,
        CancellationToken cancellationToken
    )
    {
        var broken = new List<BrokenConstraint>();
        foreach (var target in writes.Datasets)
        {
            var deletes = target.Writes.Where(write => write.Cells is null).ToList();
            var referring =
                from dataset in datasets
                from rule in dataset.Definition.Constraints.OfType<ReferenceConstraint>()
                where rule.DatasetId == target.Dataset.Name
                select (dataset, rule);
            foreach (var (dataset, rule) in deletes.Count == 0 ? [] : referring)
            {
                var found = await FindReferringAsync(view, writes, (dataset, rule), deletes, cancellationToken);
                broken.AddRange(found);
            }
        }

        return broken;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> FindMissingAsync(
        RecordView view,
        Dataset target,
        DatasetWriteSet? pending,
        IEnumerable<ReadOnlyMemory<byte>> keys,
        CancellationToken cancellationToken
    )
    {
        var missing = new List<ReadOnlyMemory<byte>>();
        var asked = new List<ReadOnlyMemory<byte>>();
        foreach (var key in keys)
        {
            if (pending?.Find(key) is not { } write)
            {
                asked.Add(key);
            }
            else if (write.Cells is null)
            {
                missing.Add(key);
            }
        }

        foreach (var chunk in asked.Chunk(AskedAtOnce))
        {
            var exist = await reader.ExistAsync(view, target.Id, chunk, cancellationToken);
            missing.AddRange(chunk.Where((_, i) => !exist[i]));
        }

        return missing;
    }

    private async Task<IReadOnlyList<BrokenConstraint>> FindReferringAsync(
        RecordView view,
        WriteSet writes,
        (Dataset Dataset, ReferenceConstraint Rule) from,
        IReadOnlyList<PlannedWrite> deletes,
        CancellationToken cancellationToken
    )
    {
        var (dataset, rule) = from;
        var number = ConstraintDigest.RuleOf(rule);
        var byDigest = deletes.ToDictionary(
            write => (ReadOnlyMemory<byte>)ConstraintDigest.Of(rule, dataset.Definition, KeyValues(write)),
            KeyComparer.Instance
        );
        var pending = writes.Find(dataset.Id);
        // Those that the commit writes count as they will be, so they may fill the whole answer.
        var limit = MaxNamed + (pending?.Writes.Count ?? 0);
        var broken = new List<BrokenConstraint>();
        foreach (var asked in byDigest.Keys.Chunk(AskedAtOnce))
        {
            var digests = asked.Select(digest => new RuleDigest(number, digest)).ToList();
            var matches = await lookups.FindAsync(view, dataset.Id, digests, limit, cancellationToken);
            var abandoned =
                from match in matches
                where pending?.Find(match.Key) is null
                group match by byDigest[match.Entry.Digest];
            broken.AddRange(abandoned.Select(group => Abandoned(group.Key, dataset, rule, [.. group])));
        }

        return broken;
    }

    private static System.Collections.Immutable.ImmutableArray<Dendrite.Records.Cells.CellValue> KeyValues(
        PlannedWrite write
    ) => RecordKey.Decode(write.Key, write.Dataset.Definition.KeyTypes.AsSpan());

    private static BrokenConstraint Dangling(PlannedWrite write, ReferenceConstraint rule)
    {
        var values = ConstraintDigest.ValuesOf(rule, write.Cells!.Value)!.Value;
        var columns = rule.Columns.Select(column => write.Dataset.Definition.Find(column)!.Name).ToList();
        var other = RecordId.Format(values.AsSpan());
        var problem =
            $"{string.Join(", ", columns)} = {string.Join(", ", values)} refers to record {other} of {rule.DatasetId},"
            + $" which does not exist ({rule.Name} of {write.Dataset.Name}); write that first, or in one transaction";
        return new(write, ProblemOf(write, rule, problem) with { Column = columns[0], Other = other });
    }

    private static BrokenConstraint Abandoned(
        PlannedWrite write,
        Dataset from,
        ReferenceConstraint rule,
        IReadOnlyList<LookupMatch> matches
    )
    {
        var named = matches.Take(MaxNamed).Select(match => PlannedWrite.IdOf(from, match.Key)).ToList();
        var more = matches.Count > MaxNamed ? " and others" : "";
        var problem =
            $"record {write.RecordId} of {write.Dataset.Name} is referred to by {string.Join(", ", named)}{more} of"
            + $" {from.Name} ({rule.Name}); delete or change those first or in the same transaction";
        return new(write, ProblemOf(write, rule, problem) with { Other = $"{from.Name}/{named[0]}" });
    }

    private static RecordProblem ProblemOf(PlannedWrite write, ReferenceConstraint rule, string problem) =>
        new(write.Path, problem)
        {
            Dataset = write.Dataset.Name,
            Record = write.RecordId,
            Constraint = rule.Name,
            IsRule = true,
        };
}
