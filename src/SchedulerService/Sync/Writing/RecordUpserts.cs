using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.V1;
using Grpc.Core;

namespace Dendrite.SchedulerService.Sync.Writing;

/// <summary>
/// Upserts records of one dataset. A call is all or nothing: the records at fault are found, by what the refusal names
/// or else by halving, and the others written without them. Thread-safe.
/// </summary>
internal sealed class RecordUpserts(
    RecordService.RecordServiceClient records,
    DatasetName target,
    GrpcRetries calls,
    TimeProvider time
)
{
    /// <summary>Of one call: below gRPC's 4 MB with room for what surrounds it.</summary>
    private const int MaxCallBytes = 2 << 20;

    /// <summary>Says whose sync it is in the commits.</summary>
    public string CommitMessage { get; init; } = "";

    /// <summary>Writes what differs of the records, in as few calls as their size allows.</summary>
    /// <param name="validateOnly">Compare and check, and write nothing.</param>
    /// <param name="outcome">Is added to; of refused records nothing.</param>
    /// <returns>Those that are refused, each with why.</returns>
    public async Task<IReadOnlyList<(MadeRecord Record, DendriteException Error)>> WriteAsync(
        List<MadeRecord> made,
        bool validateOnly,
        BatchOutcome outcome,
        CancellationToken cancellationToken
    )
    {
        var refused = new List<(MadeRecord Record, DendriteException Error)>();
        foreach (var call in Cut(made))
        {
            await UpsertAsync(call, validateOnly, (outcome, refused), cancellationToken);
        }

        return refused;
    }

    private async Task UpsertAsync(
        List<MadeRecord> pending,
        bool validateOnly,
        (BatchOutcome Outcome, List<(MadeRecord Record, DendriteException Error)> Refused) result,
        CancellationToken cancellationToken
    )
    {
        var (outcome, refused) = result;
        while (pending.Count > 0)
        {
            try
            {
                var answer = await CallAsync(pending, validateOnly, cancellationToken);
                outcome.Written += pending.Count;
                outcome.New += answer.NewRecords;
                outcome.Changed += answer.ChangedRecords;
                outcome.Unchanged += answer.UnchangedRecords;
                outcome.Version = Math.Max(outcome.Version, answer.Version);
                return;
            }
            catch (DendriteException error)
                when (error.Reason is ErrorReason.InvalidArgument or ErrorReason.ConstraintViolated)
            {
                var culprits = UpsertRefusal.CulpritsOf(error, pending.Count);
                if (culprits.Count == 0 && pending.Count > 1)
                {
                    var half = pending.Count / 2;
                    await UpsertAsync(pending[..half], validateOnly, result, cancellationToken);
                    pending = pending[half..];
                    continue;
                }

                // One record alone is the one at fault.
                culprits = culprits.Count == 0 ? new() { [0] = error } : culprits;
                refused.AddRange(culprits.Select(each => (pending[each.Key], each.Value)));
                pending = [.. pending.Where((_, i) => !culprits.ContainsKey(i))];
            }
        }
    }

    private Task<UpsertRecordsResponse> CallAsync(
        List<MadeRecord> pending,
        bool validateOnly,
        CancellationToken cancellationToken
    )
    {
        // The same for each try: one whose answer was lost is answered as it was, and not counted anew.
        var requestId = validateOnly ? "" : Guid.CreateVersion7(time.GetUtcNow()).ToString();
        return calls.CallAsync(
            async (callOptions, token) =>
            {
                using var call = records.UpsertRecords(callOptions);
                var open = new UpsertOpen
                {
                    Parent = target.ToString(),
                    CommitMessage = CommitMessage,
                    RequestId = requestId,
                    ValidateOnly = validateOnly,
                };
                var batch = new UpsertBatch();
                batch.Records.AddRange(pending.Select(record => record.Values));
                try
                {
                    await call.RequestStream.WriteAsync(new() { Open = open }, token);
                    await call.RequestStream.WriteAsync(new() { Batch = batch }, token);
                    await call.RequestStream.CompleteAsync();
                }
                catch (Exception failure) when (failure is InvalidOperationException or IOException or RpcException)
                {
                    // Refused before all was sent: the answer says why, and the write perhaps only that it was cut off.
                }

                return await call.ResponseAsync;
            },
            cancellationToken
        );
    }

    private static IEnumerable<List<MadeRecord>> Cut(List<MadeRecord> records)
    {
        var (call, bytes) = (new List<MadeRecord>(), 0);
        foreach (var record in records)
        {
            var size = record.Values!.CalculateSize();
            if (call.Count > 0 && bytes + size > MaxCallBytes)
            {
                yield return call;
                (call, bytes) = ([], 0);
            }

            call.Add(record);
            bytes += size;
        }

        if (call.Count > 0)
        {
            yield return call;
        }
    }
}
