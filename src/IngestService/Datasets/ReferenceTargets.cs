using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Datasets;

/// <summary>Whether references of a definition point at datasets that they can point at. Thread-safe.</summary>
internal sealed class ReferenceTargets(DatasetCatalog catalog)
{
    /// <summary>One round trip for each reference.</summary>
    /// <param name="name">Of the dataset that the definition is of: it may refer to itself.</param>
    /// <param name="fieldOf">Name of a constraint to the proto path where the request speaks of it.</param>
    /// <exception cref="DendriteException">INVALID_ARGUMENT, DATASET_NOT_FOUND.</exception>
    public async Task CheckAsync(
        RecordView view,
        string name,
        DatasetDefinition definition,
        Func<string, string> fieldOf,
        CancellationToken cancellationToken
    )
    {
        foreach (var reference in definition.Constraints.OfType<ReferenceConstraint>())
        {
            var target =
                reference.DatasetId == name
                    ? definition
                    : (await catalog.FindAsync(view, reference.DatasetId, cancellationToken))?.Definition;
            if (target is null)
            {
                throw NotThere(reference, fieldOf(reference.Name));
            }

            if (ReferenceRules.ProblemOf(reference, definition, target) is { } problem)
            {
                throw DendriteException.Invalid(
                    $"{fieldOf(reference.Name)}.reference.columns",
                    $"of constraint {reference.Name}: {problem}"
                );
            }
        }
    }

    private static DendriteException NotThere(ReferenceConstraint reference, string field)
    {
        var problem =
            $"constraint {reference.Name} refers to dataset '{reference.DatasetId}', which the branch does not have;"
            + " create that first";
        field = $"{field}.reference.dataset_id";
        return new(ErrorReason.DatasetNotFound, $"{field}: {problem}.")
        {
            FieldViolations = [new(field, problem)],
            Metadata = new Dictionary<string, string> { ["dataset"] = reference.DatasetId },
        };
    }

    /// <summary>A dataset that others refer to is not deleted. One round trip.</summary>
    /// <exception cref="DendriteException">CONSTRAINT_VIOLATED.</exception>
    public async Task ThrowIfReferredToAsync(RecordView view, Dataset dataset, CancellationToken cancellationToken)
    {
        var all = await catalog.ListAsync(view, "", DatasetCatalog.MaxDatasets, cancellationToken);
        var found =
            from other in all
            where other.Id != dataset.Id
            from rule in other.Definition.Constraints.OfType<ReferenceConstraint>()
            where rule.DatasetId == dataset.Name
            select (other, rule);
        foreach (var (other, rule) in found)
        {
            throw new DendriteException(
                ErrorReason.ConstraintViolated,
                $"Dataset '{dataset.Name}' is referred to by '{other.Name}' ({rule.Name}): drop that constraint first."
            )
            {
                Metadata = new Dictionary<string, string> { ["dataset"] = other.Name, ["constraint"] = rule.Name },
            };
        }
    }
}
