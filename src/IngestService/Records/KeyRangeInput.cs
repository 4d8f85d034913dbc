using Dendrite.Contracts.Cells;
using Dendrite.IngestService.Datasets;
using Dendrite.Records.Cells;
using Dendrite.Records.Keys;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Records;

/// <summary>Reads which keys a caller wants: a prefix, a range, or what lies in both.</summary>
internal static class KeyRangeInput
{
    public static KeyRange Read(Dataset dataset, V1.RecordSelection selection, RecordProblems problems)
    {
        var range = Prefix(dataset, selection, problems);
        var input = new RecordInput(dataset, problems);
        if (selection.StartRecordId.Length > 0)
        {
            var start = input.KeyOf(selection.StartRecordId, "selection.start_record_id");
            if (start is not null && (range.From is not { } from || from.Span.SequenceCompareTo(start) < 0))
            {
                range = range with { From = start };
            }
        }

        if (selection.EndRecordId.Length > 0)
        {
            var end = input.KeyOf(selection.EndRecordId, "selection.end_record_id");
            if (end is not null && (range.To is not { } to || to.Span.SequenceCompareTo(end) > 0))
            {
                range = range with { To = end };
            }
        }

        return range;
    }

    private static KeyRange Prefix(Dataset dataset, V1.RecordSelection selection, RecordProblems problems)
    {
        var columns = dataset.Definition.KeyColumns.ToList();
        if (selection.KeyPrefix.Count > columns.Count)
        {
            var has = columns.Count == 1 ? "1 column" : $"{columns.Count} columns";
            problems.Add(new("selection.key_prefix", $"has {selection.KeyPrefix.Count} values; the key has {has}"));
            return KeyRange.All;
        }

        var values = new List<CellValue>();
        for (var i = 0; i < selection.KeyPrefix.Count; i++)
        {
            var input = ValueMapper.ToInput(selection.KeyPrefix[i], out var problem);
            if (input.Kind == CellInputKind.String && !columns[i].Type.IsText())
            {
                // As a part of a record's id, in which every value is a text.
                input = CellInput.OfField(input.Text);
            }

            var result = problem is null ? columns[i].Parse(input) : CellResult.Refuse(problem);
            if (result.Value is { } value)
            {
                values.Add(value);
            }
            else
            {
                problems.Add(new($"selection.key_prefix[{i}]", result.Problem ?? "is null, which no key has"));
            }
        }

        return values.Count == 0 ? KeyRange.All : KeyRange.Prefix(RecordKey.Encode([.. values]));
    }
}
