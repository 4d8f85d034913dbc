using Dendrite.Contracts.Names;
using Dendrite.Storage.Filtering;
using Dendrite.Storage.Sync;

namespace Dendrite.SchedulerService.Sync.Running;

/// <summary>Tries dead letters again, once each. Thread-safe.</summary>
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
        var (writer, _, _) = await factory.OpenWriterAsync(work, cancellationToken);
        var round = new SecondRound(letters, time);
        foreach (var chunk in some.Chunk(SecondRound.PageSize))
        {
            var outcome = await round.TryAsync(work.Scope, writer, chunk, tries: 1, cancellationToken);
            tally.Fetched += chunk.Length;
            tally.AddBatch(chunk.Length);
            tally.Add(outcome);
            tally.DeadLetters += outcome.Failed.Count;
        }
    }
}
