using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query.Tail;

/// <summary>Sends samples to one reader, each once, step after step. For one caller at a time.</summary>
internal sealed class TailSamples(TailWriter responses)
{
    /// <summary>
    /// Up to where whole blocks of each channel group were sent: one may reach beyond its step, into the next.
    /// </summary>
    private readonly Dictionary<int, long> wholesThrough = [];

    /// <summary>Sends the samples of a range.</summary>
    /// <param name="head">What is seen.</param>
    /// <param name="plan">The range, and in which form.</param>
    /// <param name="parts">Of the range, and maybe of samples around it.</param>
    /// <param name="goesOnAsync">
    /// Asked before each part: whether to go on. Where other channel groups were sent farther than to its start, it
    /// goes on all the same.
    /// </param>
    /// <param name="cancellation">Stops between parts, and the reading of one.</param>
    /// <returns>Up to where all channel groups were sent: the range's end, unless it was not to go on.</returns>
    public async Task<long> SendAsync(
        TailHead head,
        ReadPlan plan,
        IAsyncEnumerable<SamplePart> parts,
        Func<SampleRange, ValueTask<bool>> goesOnAsync,
        CancellationToken cancellation
    )
    {
        var cutter = new PartCutter(head.Stream.Descriptor, plan);
        var reached = plan.Range.Start;
        await foreach (var part in parts.WithCancellation(cancellation))
        {
            var range = part.Range.Intersect(plan.Range);
            var whole = WholeOf(part, plan);
            if (range.IsEmpty || (whole is not null && WasSent(whole)))
            {
                continue;
            }

            if (!await goesOnAsync(range) && range.Start >= reached)
            {
                await SendAsync(cutter.Complete());
                return range.Start;
            }

            if (whole is not null)
            {
                // Not before: a block that the reader is too late for comes with the next step that it reaches into.
                wholesThrough[whole.ChannelGroup] = whole.Visible.End;
            }

            await SendAsync(cutter.Cut(part));
            reached = Math.Max(reached, range.End);
        }

        await SendAsync(cutter.Complete());
        return plan.Range.End;
    }

    /// <summary>After a reset: what was sent from that sample on is to be sent anew.</summary>
    public void GoBackTo(long sample)
    {
        foreach (var (group, through) in wholesThrough)
        {
            wholesThrough[group] = Math.Min(through, sample);
        }
    }

    /// <summary>The block, where it is sent whole; else null.</summary>
    private static StoredBlock? WholeOf(SamplePart part, ReadPlan plan) =>
        plan.Format == V1.SampleFormat.Blocks && part.Block is { HiddenBy: null } block ? block : null;

    private bool WasSent(StoredBlock whole) =>
        whole.Visible.Start < wholesThrough.GetValueOrDefault(whole.ChannelGroup, long.MinValue);

    private async Task SendAsync(IEnumerable<V1.ReadSamplesResponse> cut)
    {
        foreach (var response in cut)
        {
            await responses.WriteAsync(ToTail(response));
        }
    }

    private static V1.TailResponse ToTail(V1.ReadSamplesResponse response) =>
        response.MessageCase switch
        {
            V1.ReadSamplesResponse.MessageOneofCase.Gap => new() { Gap = response.Gap },
            V1.ReadSamplesResponse.MessageOneofCase.Block => new() { Block = response.Block },
            _ => new() { Chunk = response.Chunk },
        };
}
