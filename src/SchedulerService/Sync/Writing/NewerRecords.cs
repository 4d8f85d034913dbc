using System.Globalization;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Origins;
using Dendrite.V1;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>
/// Finds out which records are there already in a later version: for items that are written long after they were
/// fetched. A call for each, so for few. Thread-safe.
/// </summary>
internal sealed class NewerRecords(RecordService.RecordServiceClient records, DatasetName target, GrpcRetries calls)
{
    /// <summary>The records without those of which a later version is stored, which are counted as written.</summary>
    /// <param name="changedColumn">The column of the changed value.</param>
    public async Task<List<MadeRecord>> LeaveOutAsync(
        List<MadeRecord> made,
        string changedColumn,
        BatchOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        var left = new List<MadeRecord>();
        foreach (var record in made)
        {
            if (await IsSupersededAsync(record, changedColumn, cancellationToken))
            {
                outcome.Written++;
                outcome.Unchanged++;
            }
            else
            {
                left.Add(record);
            }
        }

        return left;
    }

    private async Task<bool> IsSupersededAsync(MadeRecord record, string column, CancellationToken cancellationToken)
    {
        if (record.Changed is not { } changed)
        {
            return false;
        }

        try
        {
            var request = new GetRecordRequest { Name = $"{target}/records/{record.Id}" };
            var answer = await calls.CallAsync(
                async (callOptions, _) => await records.GetRecordAsync(request, callOptions),
                cancellationToken
            );
            return answer.Record.Values.Fields.TryGetValue(column, out var stored)
                && TextOf(stored) is { } text
                && ChangedValue.Parse(text).IsAfter(changed) == true;
        }
        catch (DendriteException missing) when (missing.Reason == ErrorReason.RecordNotFound)
        {
            return false;
        }
    }

    private static string? TextOf(Value value) =>
        value.KindCase switch
        {
            Value.KindOneofCase.StringValue => value.StringValue,
            Value.KindOneofCase.NumberValue => value.NumberValue.ToString("R", CultureInfo.InvariantCulture),
            _ => null,
        };
}
