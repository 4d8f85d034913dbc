using Dendrite.Signals.Blocks;
using Dendrite.Storage.Signals;
using Dendrite.V1;
using SignalChannel = Dendrite.Storage.Signals.SignalChannel;

namespace Dendrite.ComparisonService.Streams;

/// <summary>
/// By how much one channel differs, added up run by run. A difference is that of physical values,
/// <c>|(s * scale + offset) - (t * scale' + offset')|</c>, in the channel's unit. Samples with the same bits and
/// calibration do not differ, also where they are NaN; otherwise NaN on either side makes the largest difference and
/// the root mean square NaN, for nothing can be said of them. Not thread-safe.
/// </summary>
public sealed class ChannelTally(SignalChannel from, SignalChannel to)
{
    private readonly bool isOneType = from.SampleType == to.SampleType;
    private readonly bool isCalibratedAlike = (from.Scale, from.Offset) == (to.Scale, to.Offset);
    private long differing;
    private long compared;
    private long? first;
    private double largest;
    private double squares;

    /// <summary>Adds a run of samples.</summary>
    /// <param name="start">Index of the first of them.</param>
    /// <param name="old">As the old side stores them, little-endian.</param>
    /// <param name="current">As the new side stores them; as many.</param>
    public void Add(long start, ReadOnlySpan<byte> old, ReadOnlySpan<byte> current)
    {
        var (oldSize, newSize) = (from.SampleType.SizeBytes(), to.SampleType.SizeBytes());
        var count = old.Length / oldSize;
        compared += count;
        if (isOneType && isCalibratedAlike && old.SequenceEqual(current))
        {
            return;
        }

        for (var i = 0; i < count; i++)
        {
            var left = old.Slice(i * oldSize, oldSize);
            var right = current.Slice(i * newSize, newSize);
            var hasSameBits = isOneType && left.SequenceEqual(right);
            if (hasSameBits && isCalibratedAlike)
            {
                continue;
            }

            var distance = Math.Abs(PhysicalSamples.Read(from, left, 0) - PhysicalSamples.Read(to, right, 0));
            // Bits of two types cannot be held against each other; their values can.
            if (isOneType ? !hasSameBits : distance != 0)
            {
                differing++;
                first = Math.Min(first ?? long.MaxValue, start + i);
            }

            // NaN wins over every number, in either order.
            largest = Math.Max(largest, distance);
            squares += distance * distance;
        }
    }

    public ChannelDifference ToMessage()
    {
        var message = new ChannelDifference
        {
            Channel = to.Label,
            DifferingSamples = differing,
            ComparedSamples = compared,
            MaximumDifference = largest,
            RootMeanSquareDifference = compared == 0 ? 0 : Math.Sqrt(squares / compared),
        };
        if (first is { } sample)
        {
            message.FirstDifferingSample = sample;
        }

        return message;
    }
}
