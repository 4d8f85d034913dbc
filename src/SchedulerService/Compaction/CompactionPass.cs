using Dendrite.Storage;
using Dendrite.Storage.Compaction;
using Microsoft.Extensions.Options;

namespace Dendrite.SchedulerService.Compaction;

/// <summary>Gathers the settled blocks of a whole project, line by line.</summary>
internal sealed class CompactionPass(CompactionStore store, IOptions<CompactionOptions> options)
{
    /// <summary>
    /// Goes through all lines, or until it may not go on; the next pass goes on where this one ended.
    /// </summary>
    /// <param name="project">The tenant.</param>
    /// <param name="mayGoOn">Asked before each line and each run: rests, and ends what has had its time.</param>
    /// <param name="cancellation">Stops anywhere.</param>
    public async Task<CompactionTally> RunAsync(
        ProjectId project,
        Func<Task<bool>> mayGoOn,
        CancellationToken cancellation
    )
    {
        var compactor = new Compactor(store);
        var tally = new CompactionTally(0, 0, 0, 0);
        var after = default(BlockLine);
        while (await mayGoOn())
        {
            var lines = await store.ListLinesAsync(project, after, cancellation);
            foreach (var line in lines)
            {
                var settle = options.Value.Settle;
                tally += await compactor.GatherAsync(project, line, settle, mayGoOn, cancellation);
            }

            if (lines.Count < CompactionStore.LinesPerPage)
            {
                break;
            }

            after = lines[^1];
        }

        return tally;
    }
}
