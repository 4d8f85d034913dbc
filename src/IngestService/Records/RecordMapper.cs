using Dendrite.Contracts.Cells;
using Dendrite.Contracts.Names;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.ServiceDefaults.Requests;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>From records to the contract's.</summary>
internal static class RecordMapper
{
    /// <param name="columns">Indexes of the columns wanted; null: all.</param>
    public static V1.Record ToContract(
        (Dataset Dataset, BranchName Branch) of,
        RecordCells cells,
        (long Version, DateTimeOffset? Time) written,
        IReadOnlyList<int>? columns = null
    )
    {
        var record = new V1.Record
        {
            Name = NameOf(of.Dataset, of.Branch, RecordId.Format(cells.KeyValues().AsSpan())),
            Values = new(),
            Version = written.Version,
            UpdateTime = Timestamps.Of(written.Time),
        };
        for (var i = 0; i < cells.Values.Length; i++)
        {
            if (columns is null || columns.Contains(i))
            {
                record.Values.Fields.Add(cells.Definition.Columns[i].Name, ValueMapper.ToValue(cells.Values[i]));
            }
        }

        return record;
    }

    /// <summary>The cells of a live record.</summary>
    public static RecordCells CellsOf(Dataset dataset, StoredRecord record) =>
        RecordCells.Read(dataset.Definition, record.Document!.Value);

    public static string NameOf(Dataset dataset, BranchName branch, string recordId) =>
        new RecordName(new(branch.Project, branch.Branch, dataset.Name), recordId).ToString();
}
