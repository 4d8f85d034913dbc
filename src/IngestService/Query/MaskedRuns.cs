using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>
/// Makes one gap of what one mask hides of many blocks: a run waits until it does not go on. For one caller at a time.
/// </summary>
internal sealed class MaskedRuns(SignalStreamDescriptor stream, ReadPlan plan)
{
    private readonly Dictionary<int, (SampleMask Mask, SampleRange Run)> open = [];

    /// <summary>Takes a part that is hidden whole.</summary>
    /// <returns>The run before it, where it is another one.</returns>
    public IReadOnlyList<V1.ReadSamplesResponse> Add(StoredBlock part)
    {
        var (mask, range) = (part.HiddenBy!, part.Visible.Intersect(plan.Range));
        if (range.IsEmpty)
        {
            return [];
        }

        if (!open.TryGetValue(part.ChannelGroup, out var run))
        {
            open[part.ChannelGroup] = (mask, range);
            return [];
        }

        if (run.Mask.Id == mask.Id && run.Run.End == range.Start)
        {
            open[part.ChannelGroup] = (mask, new(run.Run.Start, range.End));
            return [];
        }

        open[part.ChannelGroup] = (mask, range);
        return [ToResponse(part.ChannelGroup, run)];
    }

    /// <summary>The runs that are open: something follows that is not hidden, or nothing.</summary>
    public IReadOnlyList<V1.ReadSamplesResponse> TakeAll()
    {
        if (open.Count == 0)
        {
            return [];
        }

        var all = open.OrderBy(run => (run.Value.Run.Start, run.Key)).ToArray();
        open.Clear();
        return [.. all.Select(run => ToResponse(run.Key, run.Value))];
    }

    private V1.ReadSamplesResponse ToResponse(int group, (SampleMask Mask, SampleRange Run) hidden) =>
        new() { Gap = MaskMapper.ToGap(hidden.Mask, hidden.Run, stream, group) };
}
