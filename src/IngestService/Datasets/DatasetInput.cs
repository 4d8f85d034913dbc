using Dendrite.Errors;
using Dendrite.Records.Datasets;
using Dendrite.Records.Schema;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.IngestService.Datasets;

/// <summary>A change of a dataset's schema, as far as it can be understood without the dataset.</summary>
internal sealed record SchemaRequest(
    IReadOnlyList<SchemaChange> Changes,
    string Message,
    string Etag,
    bool ValidateOnly
)
{
    /// <summary>The proto path of the last change that speaks of a constraint, else of all changes.</summary>
    public string FieldOf(string constraint)
    {
        for (var i = Changes.Count - 1; i >= 0; i--)
        {
            if (Changes[i] is SchemaChange.PutConstraint put && put.Constraint.Name == constraint)
            {
                return $"changes[{i}].put_constraint";
            }
        }

        return "changes";
    }
}

/// <summary>Which of a dataset's fields to change, and to what.</summary>
internal sealed record DatasetUpdate(V1.Dataset Fields, IReadOnlyList<string> Paths);

/// <summary>How a dataset is to be removed.</summary>
internal sealed record DatasetDeletion(string Etag, bool AllowMissing);

/// <summary>Reads requests about datasets.</summary>
internal static class DatasetInput
{
    /// <summary>Longest message of a commit in characters.</summary>
    public const int MaxMessage = 1_000;

    /// <exception cref="DendriteException">INVALID_ARGUMENT, with all that is wrong.</exception>
    public static DatasetDefinition Read(V1.CreateDatasetRequest request)
    {
        if (request.Dataset is not { } dataset)
        {
            throw DendriteException.Invalid("dataset", "is missing; say at least its columns and key_columns");
        }

        if (dataset.Columns.Count is 0 or > DefinitionRules.MaxColumns)
        {
            throw DendriteException.Invalid(
                "dataset.columns",
                $"has {dataset.Columns.Count}; 1 to {DefinitionRules.MaxColumns} are allowed"
            );
        }

        var violations = new Violations();
        var definition = new SchemaInput(violations).Dataset(dataset, "dataset").Build("dataset", violations);
        violations.ThrowIfAny();
        return DatasetFields.Apply(definition, dataset, DatasetFields.Updatable(dataset).Keys);
    }

    /// <exception cref="DendriteException">INVALID_ARGUMENT, with all that is wrong.</exception>
    public static SchemaRequest Read(V1.ChangeSchemaRequest request)
    {
        if (request.Changes.Count is 0 or > SchemaChanges.MaxChanges)
        {
            throw DendriteException.Invalid(
                "changes",
                $"has {request.Changes.Count}; 1 to {SchemaChanges.MaxChanges} are allowed"
            );
        }

        var violations = new Violations();
        var input = new SchemaInput(violations);
        var changes = request.Changes.Select((change, i) => input.Change(change, $"changes[{i}]")).ToList();
        violations.ThrowIfAny();
        var message = RequestFields.Text(request.CommitMessage, "commit_message", MaxMessage);
        return new([.. changes.OfType<SchemaChange>()], message, request.Etag, request.ValidateOnly);
    }
}
