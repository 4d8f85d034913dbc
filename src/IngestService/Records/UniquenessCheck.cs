using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>Whether writes have values that another record has.</summary>
internal sealed class UniquenessCheck(RecordLookups lookups)
{
    /// <summary>Digests of one question to the database: bounded arrays, few round trips.</summary>
    private const int AskedAtOnce = 5_000;

    /// <summary>Among the writes themselves, then against what is stored: one round trip for 5,000 writes.</summary>
    public async Task<IReadOnlyList<BrokenConstraint>> FindBrokenAsync(
        RecordView view,
        DatasetWriteSet set,
        UniqueConstraint constraint,
        CancellationToken cancellationToken
    )
    {
        var holders = new Dictionary<ReadOnlyMemory<byte>, PlannedWrite>(KeyComparer.Instance);
        var others = new List<(ReadOnlyMemory<byte> Digest, PlannedWrite Write)>();
        foreach (var write in set.Writes)
        {
            if (write.Cells is not { } cells || ConstraintDigest.Of(constraint, cells) is not { } digest)
            {
                continue;
            }

            if (!holders.TryAdd(digest, write))
            {
                others.Add((digest, write));
            }
        }

        var broken = new List<BrokenConstraint>();
        var stored = new Dictionary<ReadOnlyMemory<byte>, string>(KeyComparer.Instance);
        foreach (var asked in holders.Chunk(AskedAtOnce))
        {
            var rule = ConstraintDigest.RuleOf(constraint);
            var digests = asked.Select(pair => new RuleDigest(rule, pair.Key)).ToList();
            // Whoever has the values now: one record, or two where a merge is still to be mended.
            var matches = await lookups.FindAsync(view, set.Dataset.Id, digests, 2, cancellationToken);
            // A record of this commit counts as it will be, which was looked at above.
            foreach (var match in matches.Where(match => set.Find(match.Key) is null))
            {
                var other = PlannedWrite.IdOf(set.Dataset, match.Key);
                stored.TryAdd(match.Entry.Digest, other);
                broken.Add(Broken(holders[match.Entry.Digest], constraint, other));
            }
        }

        // Whoever has what a stored record has is at fault whether or not another write has it, too.
        broken.AddRange(
            from other in others
            let rival = holders[other.Digest]
            select stored.TryGetValue(other.Digest, out var holder)
                ? Broken(other.Write, constraint, holder)
                : Clash(other.Write, constraint, rival)
        );
        return broken;
    }

    /// <summary>The same values, where another write than the first that has them keeps them.</summary>
    public static BrokenConstraint ClashOf(BrokenConstraint clash, PlannedWrite holder)
    {
        var constraints = clash.Write.Dataset.Definition.Constraints.OfType<UniqueConstraint>();
        return Clash(clash.Write, constraints.First(one => one.Name == clash.Problem.Constraint), holder);
    }

    private static BrokenConstraint Clash(PlannedWrite write, UniqueConstraint constraint, PlannedWrite rival) =>
        Broken(write, constraint, rival.RecordId) with
        {
            Rival = rival,
        };

    private static BrokenConstraint Broken(PlannedWrite write, UniqueConstraint constraint, string other)
    {
        var values = ConstraintDigest.ValuesOf(constraint, write.Cells!.Value)!.Value;
        var columns = constraint.Columns.Select(number => write.Dataset.Definition.Find(number)!.Name).ToList();
        var problem =
            $"{string.Join(", ", columns)} = {string.Join(", ", values)} is taken by record {other}"
            + $" ({constraint.Name} of {write.Dataset.Name} is unique)";
        return new(
            write,
            new(write.Path, problem)
            {
                Dataset = write.Dataset.Name,
                Record = write.RecordId,
                Column = columns[0],
                Constraint = constraint.Name,
                Other = other,
                IsRule = true,
            }
        );
    }
}
