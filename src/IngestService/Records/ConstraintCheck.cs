using Dendrite.IngestService.Datasets;
using Dendrite.Records.Datasets;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>A write that breaks a constraint with another record.</summary>
/// <param name="Write">The write at fault.</param>
/// <param name="Problem">What it breaks, with the other record and the remedy.</param>
internal sealed record BrokenConstraint(PlannedWrite Write, RecordProblem Problem)
{
    /// <summary>
    /// The first write of the same commit that has the values, where they are to be unique; null where it is no write
    /// of the commit that stands in the way.
    /// </summary>
    public PlannedWrite? Rival { get; init; }
}

/// <summary>
/// Checks writes against the constraints that speak of more than one record, on the state that the commit follows:
/// uniqueness, what the writes refer to, and who refers to what they delete. Thread-safe.
/// </summary>
internal sealed class ConstraintCheck(DatasetCatalog catalog, UniquenessCheck uniqueness, ReferenceCheck references)
{
    /// <summary>Every write that breaks something; empty where the commit may happen.</summary>
    public async Task<IReadOnlyList<BrokenConstraint>> FindBrokenAsync(
        RecordView view,
        WriteSet writes,
        CancellationToken cancellationToken
    )
    {
        var broken = new List<BrokenConstraint>();
        foreach (var set in writes.Datasets)
        {
            foreach (var constraint in set.Dataset.Definition.Constraints)
            {
                var found = constraint switch
                {
                    UniqueConstraint unique => await uniqueness.FindBrokenAsync(view, set, unique, cancellationToken),
                    ReferenceConstraint reference => await references.FindDanglingAsync(
                        view,
                        writes,
                        (set, reference),
                        cancellationToken
                    ),
                    _ => [],
                };
                broken.AddRange(found);
            }
        }

        if (writes.Writes.Any(write => write.Cells is null))
        {
            var all = await catalog.ListAsync(view, "", DatasetCatalog.MaxDatasets, cancellationToken);
            broken.AddRange(await references.FindAbandonedAsync(view, writes, all, cancellationToken));
        }

        return broken;
    }

    /// <summary>As above.</summary>
    /// <exception cref="Errors.DendriteException">CONSTRAINT_VIOLATED, with all of them.</exception>
    public async Task ThrowIfBrokenAsync(RecordView view, WriteSet writes, CancellationToken cancellationToken)
    {
        var problems = new RecordProblems();
        foreach (var broken in await FindBrokenAsync(view, writes, cancellationToken))
        {
            problems.Add(broken.Problem);
        }

        problems.ThrowIfAny();
    }
}
