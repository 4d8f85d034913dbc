using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Names;
using Dendrite.Records.Datasets;
using Dendrite.ServiceDefaults.Requests;

namespace Dendrite.IngestService.Datasets;

/// <summary>From datasets to the contract's.</summary>
internal static class DatasetMapper
{
    public static V1.Dataset ToContract(Dataset dataset, BranchName branch)
    {
        var (stored, definition) = (dataset.Stored, dataset.Definition);
        var contract = new V1.Dataset
        {
            Name = new DatasetName(branch.Project, branch.Branch, stored.Name).ToString(),
            Uid = stored.Uid.ToString(),
            DisplayName = definition.DisplayName,
            Description = definition.Description,
            SchemaVersion = definition.SchemaVersion ?? stored.Version.Value,
            CreateTime = Timestamps.Of(stored.CreateTime),
            UpdateTime = Timestamps.Of(stored.UpdateTime),
            Etag = Etag.Of(stored.Version.Value),
        };
        contract.Columns.AddRange(definition.Columns.Select(ColumnMapper.ToContract));
        contract.KeyColumns.AddRange(definition.KeyColumns.Select(column => column.Name));
        contract.Constraints.AddRange(definition.Constraints.Select(rule => ToContract(rule, definition)));
        contract.Labels.Add(definition.Labels);
        return contract;
    }

    private static V1.Constraint ToContract(DatasetConstraint constraint, DatasetDefinition definition)
    {
        var columns = constraint.Columns.Select(number => definition.Find(number)!.Name);
        var contract = new V1.Constraint { Constraint_ = constraint.Name };
        if (constraint is ReferenceConstraint reference)
        {
            contract.Reference = new() { DatasetId = reference.DatasetId };
            contract.Reference.Columns.AddRange(columns);
        }
        else
        {
            contract.Unique = new();
            contract.Unique.Columns.AddRange(columns);
        }

        return contract;
    }
}
