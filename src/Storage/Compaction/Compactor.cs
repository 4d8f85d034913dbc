using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Compaction;

/// <summary>What gathering did.</summary>
/// <param name="Runs">Runs that were gathered.</param>
/// <param name="Blocks">Blocks in them.</param>
/// <param name="BytesBefore">What their payloads took.</param>
/// <param name="BytesAfter">What the gathered ones take.</param>
public sealed record CompactionTally(long Runs, long Blocks, long BytesBefore, long BytesAfter)
{
    /// <summary>Blocks of runs in which a payload is damaged; they are left as they are.</summary>
    public long DamagedBlocks { get; init; }

    public static CompactionTally operator +(CompactionTally a, CompactionTally b) =>
        new(a.Runs + b.Runs, a.Blocks + b.Blocks, a.BytesBefore + b.BytesBefore, a.BytesAfter + b.BytesAfter)
        {
            DamagedBlocks = a.DamagedBlocks + b.DamagedBlocks,
        };
}

/// <summary>
/// Gathers the settled blocks of a project into dense ones, a run at a time. May be cut off anywhere, and run by
/// several replicas at once: who comes second to a run finds it done. Not thread-safe; one for each worker.
/// </summary>
public sealed class Compactor(CompactionStore store)
{
    // A gathered block has about so many samples of all channels together: a small range is read from it in some ten
    // milliseconds. Longer ones save less than a hundredth more (docs/decisions/2026-11-21-gathered-blocks.md).
    private const int TargetSamples = 1 << 20;

    // But at least so many of each channel, so that coefficients and coders weigh little, and at most so many, so that
    // one channel is read at the cost of few samples around it.
    private const int LeastOfChannel = 4096;
    private const int MostOfChannel = 1 << 17;

    // Below this bound a few runs fit the memory of any replica.
    private const int MaxDecodedBytes = 32 << 20;

    // Gathered payloads that save less than a fiftieth are not worth writing.
    private const double WorthWhile = 0.98;

    private readonly BlockGatherer gatherer = new();

    /// <summary>Gathers what is settled in a line.</summary>
    /// <param name="project">The tenant.</param>
    /// <param name="line">Where.</param>
    /// <param name="settle">Blocks of commits older than this are settled.</param>
    /// <param name="mayGoOn">Asked before each run.</param>
    /// <param name="cancellation">Stops between and within runs; nothing is left half done.</param>
    public async Task<CompactionTally> GatherAsync(
        ProjectId project,
        BlockLine line,
        TimeSpan settle,
        Func<Task<bool>> mayGoOn,
        CancellationToken cancellation
    )
    {
        var tally = new CompactionTally(0, 0, 0, 0);
        var after = await store.FindStartAsync(project, line, cancellation);
        while (await mayGoOn())
        {
            var loose = await store.ListLooseAsync(project, line, after, settle, cancellation);
            if (loose.Count == 0 || !loose[0].IsSettled)
            {
                break;
            }

            if (await store.ReadHeaderAsync(project, line, loose[0], cancellation) is not { } header)
            {
                break;
            }

            var isAll = loose.Count < CompactionStore.BlocksPerPage;
            var count = BlockRuns.Next(loose, Target(header), isAll);
            // A page full of blocks that are too small together to make a run: it is a run.
            count = count == 0 && !isAll && loose.All(block => block.IsSettled) ? loose.Count : count;
            if (count == 0)
            {
                break;
            }

            LooseBlock[] run = [.. loose.Take(count)];
            if (await GatherAsync(project, line, run, cancellation) is not { } done)
            {
                // Somebody else is at this line. To go on behind it would leave loose blocks before gathered ones.
                break;
            }

            tally += done;
            after = run[^1].FirstSample;
        }

        return tally;
    }

    private static int Target(BlockHeader header)
    {
        var most = Math.Max(1, MaxDecodedBytes / (header.ChannelCount * header.SampleType.SizeBytes()));
        return Math.Min(most, Math.Clamp(TargetSamples / header.ChannelCount, LeastOfChannel, MostOfChannel));
    }

    /// <summary>Gathers a run; null where it is no longer what was listed.</summary>
    private async Task<CompactionTally?> GatherAsync(
        ProjectId project,
        BlockLine line,
        LooseBlock[] run,
        CancellationToken cancellation
    )
    {
        var nothing = new CompactionTally(0, 0, 0, 0);
        var payloads = await store.ReadPayloadsAsync(project, line, run, cancellation);
        if (payloads.Count < run.Length)
        {
            return null;
        }

        byte[] gathered;
        try
        {
            gathered = gatherer.Gather(run, payloads);
        }
        catch (Exception damage) when (damage is BlockFormatException or SampleMismatchException)
        {
            // What is damaged stays as it is for whoever restores it: `verify --data` says where.
            return nothing with { DamagedBlocks = run.Length };
        }

        var before = run.Sum(block => (long)block.PayloadBytes);
        var worth = gathered.Length < WorthWhile * before;
        var done = await store.GatherAsync(project, line, run, worth ? gathered : null, cancellation);
        if (!done)
        {
            return null;
        }

        return worth ? new(1, run.Length, before, gathered.Length) : nothing;
    }
}
