using System.Runtime.CompilerServices;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;

namespace Dendrite.IngestService.Query;

/// <summary>Reads samples as messages, one page of blocks at a time, whatever the length of the window.</summary>
internal sealed class SampleReader(SamplePartReader parts)
{
    public async IAsyncEnumerable<V1.ReadSamplesResponse> ReadAsync(
        BranchView branch,
        SignalStream stream,
        ReadPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        yield return new() { Header = ToHeader(branch, stream, plan) };
        if (plan.Range.IsEmpty)
        {
            yield break;
        }

        var cutter = new PartCutter(stream.Descriptor, plan);
        var query = new PartQuery(branch, stream.StreamId, plan.PlacesByGroup.Keys.ToArray(), plan.Range);
        await foreach (var part in parts.ReadAsync(query, cancellation))
        {
            foreach (var response in cutter.Cut(part))
            {
                yield return response;
            }
        }

        foreach (var response in cutter.Complete())
        {
            yield return response;
        }
    }

    /// <summary>What a read of the plan gives, said before it.</summary>
    public static V1.SampleHeader ToHeader(BranchView branch, SignalStream stream, ReadPlan plan)
    {
        var header = new V1.SampleHeader
        {
            Version = branch.Version.Value,
            Range = new() { StartSample = plan.Range.Start, EndSample = plan.Range.End },
            Format = plan.Format,
            NominalRate = StreamMapper.ToContract(stream.Descriptor.Rate),
        };
        header.Channels.AddRange(
            plan.Channels.Select(index => StreamMapper.ToContract(stream.Descriptor.Channels[index]))
        );
        if (!plan.Range.IsEmpty)
        {
            header.FirstSampleTime = StreamMapper.InstantOf(stream.Descriptor, plan.Range.Start);
        }

        return header;
    }
}
