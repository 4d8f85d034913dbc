using System.Text;
using Dendrite.Contracts.Cells;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Records;

/// <summary>Reads records as callers write them; what is wrong with them is collected. Not thread-safe.</summary>
internal sealed class RecordInput(Dataset dataset, RecordProblems problems)
{
    private readonly RecordDraft draft = new(dataset.Definition);
    private readonly Dictionary<string, RecordCells> puts = [];

    public Dataset Dataset { get; } = dataset;

    /// <summary>The key of the record that a write is about; null where it has none, which is then a problem.</summary>
    public byte[]? KeyOf(RecordWrite write) =>
        write switch
        {
            RecordWrite.Put put => KeyOf(put),
            RecordWrite.Patch patch => KeyOf(patch.RecordId, $"{write.Path}.record_id"),
            RecordWrite.Delete delete => KeyOf(delete.RecordId, $"{write.Path}.record_id"),
            _ => null,
        };

    /// <summary>The whole record.</summary>
    public PlannedWrite Put(RecordWrite.Put put, byte[] key) => new(Dataset, key, puts[put.Path]) { Path = put.Path };

    /// <summary>The stored record with the cells that the caller gave.</summary>
    public PlannedWrite Patch(RecordWrite.Patch patch, byte[] key, StoredRecord stored)
    {
        var path = $"{patch.Path}.values";
        var document = stored.Document!.Value;
        draft.Begin(RecordCells.Read(Dataset.Definition, document));
        Set(patch.Values, path);
        var cells = draft.Complete();
        problems.Add(Dataset, path, draft.Problems);
        if (draft.Problems.Count == 0 && !cells.EncodeKey().AsSpan().SequenceEqual(key))
        {
            var columns = string.Join(", ", Dataset.Definition.KeyColumns.Select(column => column.Name));
            problems.Add(
                new(path, $"changes the key ({columns}) of record {patch.RecordId}; delete it and put another")
                {
                    Dataset = Dataset.Name,
                    Record = patch.RecordId,
                }
            );
        }

        return new(Dataset, key, cells)
        {
            Path = patch.Path,
            Former = RecordDocument.Parse(Encoding.UTF8.GetString(document.Span)),
        };
    }

    /// <summary>The key that a record id says.</summary>
    public byte[]? KeyOf(string recordId, string path)
    {
        var values = RecordId.Parse(recordId, Dataset.Definition.KeyTypes.AsSpan(), out var problem);
        if (values is not { } key)
        {
            problems.Add(new(path, problem!) { Dataset = Dataset.Name });
            return null;
        }

        var bytes = RecordKey.Encode(key.AsSpan());
        if (bytes.Length <= RecordKey.MaxLength)
        {
            return bytes;
        }

        problems.Add(new(path, $"is a key of {bytes.Length} bytes; at most {RecordKey.MaxLength} are allowed"));
        return null;
    }

    private byte[]? KeyOf(RecordWrite.Put put)
    {
        var path = $"{put.Path}.values";
        draft.Begin();
        Set(put.Values, path);
        var cells = draft.Complete();
        problems.Add(Dataset, path, draft.Problems);
        if (draft.Problems.Count > 0)
        {
            return null;
        }

        puts[put.Path] = cells;
        return cells.EncodeKey();
    }

    private void Set(Struct? values, string path)
    {
        foreach (var (column, value) in values?.Fields ?? [])
        {
            var input = ValueMapper.ToInput(value, out var problem);
            if (problem is null)
            {
                draft.Set(column, input);
            }
            else
            {
                problems.Add(new($"{path}.{column}", problem) { Dataset = Dataset.Name, Column = column });
            }
        }
    }
}
