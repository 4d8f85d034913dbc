using Dendrite.IngestService.Records;
using Dendrite.Records.Datasets;
using Dendrite.Records.Documents;
using Dendrite.Records.Schema;
using Dendrite.Storage.Records;

namespace Dendrite.IngestService.Datasets;

/// <summary>Checks the records that are there against a changed schema. Thread-safe.</summary>
internal sealed class SchemaCheck(RecordReader reader, ConstraintCheck constraints, ReferenceCheck references)
{
    /// <summary>
    /// Reads every record where the change asks for it; one pass, and as many round trips as its constraints need. It
    /// keeps no cells.
    /// </summary>
    /// <returns>The entries by which the records are found under new constraints.</returns>
    /// <exception cref="Errors.DendriteException">CONSTRAINT_VIOLATED, naming the records at fault.</exception>
    public async Task<IReadOnlyList<(DatasetId Dataset, StoredRecord Record, RuleDigest Entry)>> CheckAsync(
        RecordView view,
        Dataset dataset,
        SchemaOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        if (!outcome.NeedsRecords)
        {
            return [];
        }

        // As the dataset will be, and only the constraints in question.
        var asked = dataset with
        {
            Definition = outcome.Definition with
            {
                Constraints =
                [
                    .. outcome.Definition.Constraints.Where(rule => outcome.ConstraintsToCheck.Contains(rule.Name)),
                ],
            },
        };
        var problems = new RecordProblems();
        var survey = new ConstraintSurvey(asked);
        await foreach (var record in reader.ScanAsync(view, new RecordQuery(dataset.Id), cancellationToken))
        {
            var cells = RecordMapper.CellsOf(asked, record);
            CheckColumns(asked, outcome, cells, problems);
            if (!asked.Definition.Constraints.IsEmpty)
            {
                survey.Add(record, cells);
            }
        }

        problems.ThrowIfAny();
        foreach (var (rule, keys) in survey.Referred)
        {
            survey.Miss(rule, await references.FindMissingAsync(view, rule, keys, cancellationToken));
        }

        await ThrowIfBrokenAsync(view, asked, survey.Suspects(), cancellationToken);
        return survey.Entries;
    }

    /// <summary>
    /// As if the records were written again: then what they break together is found, and told, as in any commit.
    /// </summary>
    private async Task ThrowIfBrokenAsync(
        RecordView view,
        Dataset dataset,
        IReadOnlyList<ReadOnlyMemory<byte>> suspects,
        CancellationToken cancellationToken
    )
    {
        var writes = new WriteSet();
        var found = await reader.GetAsync(view, dataset.Id, suspects, cancellationToken);
        foreach (var record in found.OfType<StoredRecord>())
        {
            var cells = RecordMapper.CellsOf(dataset, record);
            writes.Of(dataset).TryAdd(new(dataset, record.Key.ToArray(), cells) { Path = "records" });
        }

        await constraints.ThrowIfBrokenAsync(view, writes, cancellationToken);
    }

    private static void CheckColumns(Dataset dataset, SchemaOutcome outcome, RecordCells cells, RecordProblems problems)
    {
        foreach (var number in outcome.ColumnsToCheck)
        {
            var column = dataset.Definition.Find(number)!;
            if (CellRules.ProblemOf(column, cells[number]) is not { } problem)
            {
                continue;
            }

            var id = Dendrite.Records.Keys.RecordId.Format(cells.KeyValues().AsSpan());
            problems.Add(
                new($"records[{id}].{column.Name}", problem)
                {
                    Dataset = dataset.Name,
                    Record = id,
                    Column = column.Name,
                    IsRule = true,
                }
            );
        }
    }
}
