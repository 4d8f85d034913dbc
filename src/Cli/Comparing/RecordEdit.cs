using System.Text.Json.Nodes;
using Dendrite.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.Cli.Comparing;

/// <summary>What a patch does to one record.</summary>
internal sealed record RecordEdit(string Dataset, string Record)
{
    public List<CellOperation> Operations { get; } = [];

    /// <summary>
    /// Adds what has to be written, on condition that the record is still the one that was read; nothing where it is as
    /// the patch wants it.
    /// </summary>
    /// <param name="found">The record as it is; null where there is none.</param>
    /// <returns>Where the patch does not fit, in words; nothing of it may be written then.</returns>
    public IReadOnlyList<string> AddTo(DatasetWrites writes, Record? found)
    {
        var before = found is null ? null : (JsonObject)JsonNode.Parse(JsonFormatter.Default.Format(found.Values))!;
        var after = (JsonObject?)before?.DeepClone();
        List<string> misfits = [];
        foreach (var operation in Operations)
        {
            if (operation.Column is null)
            {
                ApplyToRecord(operation, ref after, misfits);
            }
            else
            {
                ApplyToCell(operation, operation.Column, after, misfits);
            }
        }

        if (misfits.Count == 0 && !JsonNode.DeepEquals(before, after))
        {
            Add(writes, before, after, found?.Version ?? 0);
        }

        return misfits;
    }

    private void Add(DatasetWrites writes, JsonObject? before, JsonObject? after, long version)
    {
        if (after is null)
        {
            writes.Deletes.Add(new RecordDelete { RecordId = Record, IfVersion = version });
        }
        else if (before is null)
        {
            writes.Puts.Add(new RecordPut { Values = ToStruct(after), IfVersion = 0 });
        }
        else
        {
            var changed = after.Where(cell => !JsonNode.DeepEquals(cell.Value, before[cell.Key]));
            var cells = new JsonObject(changed.Select(cell => KeyValuePair.Create(cell.Key, cell.Value?.DeepClone())));
            writes.Patches.Add(
                new RecordPatch
                {
                    RecordId = Record,
                    Values = ToStruct(cells),
                    IfVersion = version,
                }
            );
        }
    }

    private void ApplyToRecord(CellOperation operation, ref JsonObject? record, List<string> misfits)
    {
        switch (operation.Op)
        {
            case "add" when record is not null:
                misfits.Add($"{Dataset}/{Record} is there already");
                break;
            case "test" or "replace" or "remove" when record is null:
                misfits.Add($"{Dataset}/{Record} is not there");
                break;
            case "test" when !JsonNode.DeepEquals(record, operation.Value):
                misfits.Add(
                    $"{Dataset}/{Record} is {record!.ToJsonString()}; the patch expects {Show(operation.Value)}"
                );
                break;
            case "remove":
                record = null;
                break;
            case "add" or "replace":
                record = operation.Value?.DeepClone() as JsonObject;
                break;
        }
    }

    private void ApplyToCell(CellOperation operation, string column, JsonObject? record, List<string> misfits)
    {
        var at = $"{Dataset}/{Record} {column}";
        if (record is null)
        {
            misfits.Add($"{Dataset}/{Record} is not there");
        }
        else if (!record.ContainsKey(column))
        {
            misfits.Add($"{at}: there is no such column");
        }
        else if (operation.Op == "test" && !JsonNode.DeepEquals(record[column], operation.Value))
        {
            misfits.Add($"{at} is {Show(record[column])}; the patch expects {Show(operation.Value)}");
        }
        else if (operation.Op == "remove")
        {
            record[column] = null;
        }
        else if (operation.Op != "test")
        {
            record[column] = operation.Value?.DeepClone();
        }
    }

    private static Struct ToStruct(JsonObject values) => Struct.Parser.ParseJson(values.ToJsonString());

    private static string Show(JsonNode? value) => value?.ToJsonString() ?? "null";
}
