using System.Runtime.CompilerServices;
using Dendrite.IngestService.Streams;
using Dendrite.Storage.Signals;
using Google.Protobuf.WellKnownTypes;

namespace Dendrite.IngestService.Query;

/// <summary>Reads samples as messages, one page of blocks at a time, whatever the length of the window.</summary>
internal sealed class SampleReader(SamplePartReader parts, StreamTimes times)
{
    public async IAsyncEnumerable<V1.ReadSamplesResponse> ReadAsync(
        BranchView branch,
        SignalStream stream,
        ReadPlan plan,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var first = await times.FirstOfAsync(branch, stream, plan.Range, cancellation);
        yield return new() { Header = ToHeader(branch, stream, plan, first) };
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
    /// <param name="first">The instant of its first sample; null where there is none.</param>
    public static V1.SampleHeader ToHeader(BranchView branch, SignalStream stream, ReadPlan plan, Timestamp? first)
    {
        var header = new V1.SampleHeader
        {
            Version = branch.Version.Value,
            Range = new() { StartSample = plan.Range.Start, EndSample = plan.Range.End },
            Format = plan.Format,
            NominalRate = StreamMapper.ToContract(stream.Descriptor.Rate),
            FirstSampleTime = first,
        };
        header.Channels.AddRange(
            plan.Channels.Select(index => StreamMapper.ToContract(stream.Descriptor.Channels[index]))
        );
        return header;
    }
}
