using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Storage.Signals;

/// <summary>Masks that hide some channels of a block and leave others. Pure.</summary>
public static class ChannelMasks
{
    /// <summary>Those of a block's masks that hide any of the channels.</summary>
    public static SampleMask[] Of(StoredBlock block, IReadOnlyCollection<string> labels) =>
        [.. block.ChannelMasks.Where(mask => mask.Channels.Intersect(labels).Any())];

    /// <summary>The range in runs over each of which the same masks hide something, in order.</summary>
    public static IEnumerable<(SampleRange Run, IReadOnlyList<SampleMask> Masks)> Split(
        SampleRange range,
        IReadOnlyList<SampleMask> masks
    )
    {
        var edges = masks
            .SelectMany(mask => new[] { mask.Range.Start, mask.Range.End })
            .Where(edge => edge > range.Start && edge < range.End)
            .Append(range.End)
            .Distinct()
            .Order();
        var start = range.Start;
        foreach (var end in edges)
        {
            var run = new SampleRange(start, end);
            yield return (run, [.. masks.Where(mask => !mask.Range.Intersect(run).IsEmpty)]);
            start = end;
        }
    }

    /// <summary>Places of the labels that any of the masks hides.</summary>
    public static IReadOnlySet<int> Hidden(IReadOnlyList<SampleMask> masks, IReadOnlyList<string> labels)
    {
        var hidden = masks.SelectMany(mask => mask.Channels).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, labels.Count).Where(place => hidden.Contains(labels[place])).ToHashSet();
    }

    /// <summary>What stands for hidden samples: 0, and NaN where there is one.</summary>
    public static void Blank(Span<byte> samples, SampleType type)
    {
        samples.Clear();
        for (var i = 0; type == SampleType.Float32 && i < samples.Length; i += sizeof(float))
        {
            BinaryPrimitives.WriteSingleLittleEndian(samples[i..], float.NaN);
        }

        for (var i = 0; type == SampleType.Float64 && i < samples.Length; i += sizeof(double))
        {
            BinaryPrimitives.WriteDoubleLittleEndian(samples[i..], double.NaN);
        }
    }
}
