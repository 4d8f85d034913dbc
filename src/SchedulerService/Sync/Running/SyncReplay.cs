using Dendrite.Contracts.Errors;
using Dendrite.Contracts.Names;
using Dendrite.Errors;
using Dendrite.SchedulerService.Sync.Writing;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Sync;
using Google.Protobuf;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>
/// Tries dead letters again, once each. Those of a branch or dataset that is gone or closed stay, and say so as their
/// error: they keep no others back. Thread-safe.
/// </summary>
internal sealed class SyncReplay(SyncFactory factory, DeadLetterStore letters, TimeProvider time)
{
    /// <summary>Tries these, or all that there are.</summary>
    /// <param name="chosen">Null: all.</param>
    public async Task<SyncTally> RunAsync(
        SyncWork work,
        IReadOnlyList<DeadLetterRecord>? chosen,
        CancellationToken cancellationToken
    )
    {
        var tally = SyncTally.Of(null, work.Run);
        TimedPlace? after = null;
        while (true)
        {
            var some =
                chosen ?? await letters.ListAsync(work.Scope, false, after, SecondRound.PageSize, cancellationToken);
            foreach (var group in some.GroupBy(letter => letter.Dataset))
            {
                await TryAsync(
                    work with
                    {
                        Target = DatasetName.Parse(group.Key),
                    },
                    [.. group],
                    tally,
                    cancellationToken
                );
            }

            if (chosen is not null || some.Count < SecondRound.PageSize)
            {
                return tally;
            }

            // Those that failed again stay where they are in the list.
            after = new(some[^1].FirstAttemptTime, some[^1].Failed.Id);
        }
    }

    private async Task TryAsync(
        SyncWork work,
        IReadOnlyList<DeadLetterRecord> some,
        SyncTally tally,
        CancellationToken cancellationToken
    )
    {
        var round = new SecondRound(letters, time);
        ItemWriter? writer = null;
        foreach (var chunk in some.Chunk(SecondRound.PageSize))
        {
            tally.Fetched += chunk.Length;
            try
            {
                writer ??= (await factory.OpenWriterAsync(work, cancellationToken)).Writer;
                var outcome = await round.TryAsync(work.Scope, writer, chunk, tries: 1, cancellationToken);
                tally.AddBatch(chunk.Length);
                tally.Add(outcome);
                tally.DeadLetters += outcome.Failed.Count;
            }
            catch (DendriteException closed) when (IsOfTarget(closed.Reason))
            {
                await KeepAsync(work.Scope, chunk, closed, cancellationToken);
                tally.DeadLetters += chunk.Length;
            }
        }
    }

    private static bool IsOfTarget(ErrorReason reason) =>
        reason is ErrorReason.BranchNotFound or ErrorReason.DatasetNotFound or ErrorReason.BranchNotWritable;

    private async Task KeepAsync(
        SyncScope scope,
        IReadOnlyList<DeadLetterRecord> some,
        DendriteException why,
        CancellationToken cancellationToken
    )
    {
        var error = ErrorStatus.ToStatus(why).ToByteArray();
        await letters.SettleAsync(
            scope,
            [],
            [.. some.Select(letter => letter.Failed with { Error = error, Attempts = 0 })],
            [],
            time.GetUtcNow(),
            cancellationToken
        );
    }
}
