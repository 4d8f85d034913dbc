using System.Numerics;

namespace Dendrite.Storage.Signals;

/// <summary>A sample whose instant is known.</summary>
public readonly record struct AnchoredSample(long Sample, long InstantNs);

/// <summary>
/// Time about a sample: between two anchors it runs evenly, behind the last one at the nominal rate. Where that is
/// irregular, time stands still behind the last one.
/// </summary>
/// <param name="Before">The last anchor that is not behind the sample, or sample 0 at the stream's start.</param>
/// <param name="After">The first one behind the sample; null where there is none.</param>
public readonly record struct AnchoredSpan(StreamRate Rate, AnchoredSample Before, AnchoredSample? After)
{
    /// <summary>Null where it does not fit 64 bits.</summary>
    /// <param name="sample">Of the span.</param>
    public long? InstantOf(long sample)
    {
        var passed = sample - Before.Sample;
        var instant =
            After is { } after
                ? (
                    (BigInteger)passed
                    * ((BigInteger)after.InstantNs - Before.InstantNs)
                    / (after.Sample - Before.Sample)
                ) + Before.InstantNs
            : Rate.ToNanoseconds(passed) is < long.MaxValue and var time ? (BigInteger)time + Before.InstantNs
            : long.MaxValue;
        return instant > long.MinValue && instant < long.MaxValue ? (long)instant : null;
    }

    /// <summary>The first sample that is not before an instant; what no sample reaches is the greatest.</summary>
    /// <param name="instantNs">Later than that of <see cref="Before"/>, and not later than that of
    /// <see cref="After"/>.</param>
    public long SampleAtOrAfter(long instantNs)
    {
        var passed = (BigInteger)instantNs - Before.InstantNs;
        if (After is { } after)
        {
            var time = (BigInteger)after.InstantNs - Before.InstantNs;
            return Before.Sample + (long)(((passed * (after.Sample - Before.Sample)) + time - 1) / time);
        }

        var samples =
            Rate.Samples == 0 ? long.MaxValue : Rate.SampleAtOrAfter((long)BigInteger.Min(passed, long.MaxValue));
        return (long)BigInteger.Min((BigInteger)samples + Before.Sample, long.MaxValue);
    }
}
