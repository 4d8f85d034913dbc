using Dendrite.Contracts.Cells;
using Dendrite.Errors;
using Dendrite.Records.Documents;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Records;

/// <summary>Reads the batches of an upsert. Not thread-safe.</summary>
internal sealed class UpsertInput(LoadedRows rows)
{
    private readonly RecordDraft draft = new(rows.Dataset.Definition);
    private long count;

    /// <summary>Takes a message.</summary>
    /// <returns>Its bytes, each map in order, for the digest of the request.</returns>
    /// <exception cref="DendriteException">
    /// PROTOCOL_VIOLATION; INVALID_ARGUMENT, CONSTRAINT_VIOLATED: with all that is wrong in the batch.
    /// </exception>
    public byte[] Take(V1.UpsertRecordsRequest message)
    {
        if (message.MessageCase != V1.UpsertRecordsRequest.MessageOneofCase.Batch)
        {
            throw new DendriteException(
                ErrorReason.ProtocolViolation,
                $"After open only batches may come, and {message.MessageCase} came: send open once."
            );
        }

        var records = message.Batch.Records;
        WriteLimits.CheckCount(records.Count, "batch.records");
        var problems = new RecordProblems();
        for (var i = 0; i < records.Count; i++)
        {
            count++;
            Take(records[i], $"batch.records[{i}]", problems);
        }

        problems.ThrowIfAny();
        return ToBytes(message);
    }

    private void Take(Struct values, string path, RecordProblems problems)
    {
        draft.Begin();
        var isReadable = true;
        foreach (var (column, value) in values.Fields)
        {
            var input = ValueMapper.ToInput(value, out var problem);
            if (problem is null)
            {
                draft.Set(column, input);
            }
            else
            {
                isReadable = false;
                problems.Add(new($"{path}.{column}", problem) { Dataset = rows.Dataset.Name, Column = column });
            }
        }

        var cells = draft.Complete();
        problems.Add(rows.Dataset, path, draft.Problems);
        if (!isReadable || draft.Problems.Count > 0)
        {
            return;
        }

        var known = rows.Report.Count;
        rows.Add(cells, count, path);
        if (rows.Report.Count > known)
        {
            problems.Add(new(path, "has the key of a record before it; bring each record once"));
        }
    }

    private static byte[] ToBytes(V1.UpsertRecordsRequest message)
    {
        using var bytes = new MemoryStream();
        using (var output = new CodedOutputStream(bytes, leaveOpen: true) { Deterministic = true })
        {
            message.WriteTo(output);
        }

        return bytes.ToArray();
    }
}
