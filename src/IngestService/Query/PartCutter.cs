using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>Turns parts of a stream into the messages of one read, in order. For one reader; not thread-safe.</summary>
internal sealed class PartCutter(SignalStreamDescriptor descriptor, ReadPlan plan)
{
    private readonly ChunkCutter chunks = new(descriptor, plan);
    private readonly BlockCutter wholes = new(descriptor);
    private readonly MaskedRuns masked = new(descriptor, plan);

    /// <summary>What the read shows of the part; of channel groups that it does not want, nothing.</summary>
    /// <exception cref="Errors.DendriteException">DataDamaged: a stored block does not decode.</exception>
    public IEnumerable<V1.ReadSamplesResponse> Cut(SamplePart part) =>
        part switch
        {
            { Gap: { } gap } => Cut(gap),
            { Block: { } block } when !plan.PlacesByGroup.ContainsKey(block.ChannelGroup) => [],
            { Block.HiddenBy: not null } => masked.Add(part.Block),
            _ => masked.TakeAll().Concat(CutSeen(part.Block!)),
        };

    /// <summary>What waited for more of its sort.</summary>
    public IEnumerable<V1.ReadSamplesResponse> Complete() => masked.TakeAll();

    private IEnumerable<V1.ReadSamplesResponse> CutSeen(StoredBlock block) =>
        plan.Format == V1.SampleFormat.Blocks ? wholes.Cut(block) : chunks.Cut(block);

    private V1.ReadSamplesResponse[] Cut(SampleGap gap)
    {
        var range = gap.Range.Intersect(plan.Range);
        var isWanted = gap.ChannelGroup is not { } group || plan.PlacesByGroup.ContainsKey(group);
        return isWanted && !range.IsEmpty ? [new() { Gap = TimeMapper.ToContract(gap with { Range = range }) }] : [];
    }
}
