using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Reads what a dense encoding has made of a channel: residuals from the range coders, then what the references say,
/// then what the channel's own past says. Integer arithmetic modulo powers of two throughout, so every machine gets the
/// same numbers. Allocates nothing; takes time in proportion to the numbers.
/// </summary>
internal static class DenseNumbers
{
    // Samples that pass all stages before the next ones: the longest group, a kilobyte, stays in the nearest cache.
    private const int Run = RowReader.MaxGroup;

    private const int Lanes = RowReader.Lanes;

    /// <summary>Decodes a channel.</summary>
    /// <param name="source">Its place in the block, and the channels before it.</param>
    /// <param name="payload">Dense from its first byte to its last.</param>
    /// <param name="across">Whether it has references.</param>
    /// <param name="numbers">One for each sample.</param>
    public static void Decode(in ChannelSource source, ReadOnlySpan<byte> payload, bool across, Span<short> numbers)
    {
        Span<byte> references = stackalloc byte[DensePlan.MaxReferences];
        Span<short> taps = stackalloc short[DensePlan.MaxTaps + Lanes];
        taps.Clear();
        var plan = DenseLayout.Read(payload, references, taps, out int headBytes);
        payload = payload[headBytes..];
        CheckReferences(plan, source.Channel, across);
        Span<Scale> tapScales = stackalloc Scale[(plan.TapCount + Lanes - 1) / Lanes];
        foreach (ref var scale in tapScales)
        {
            scale = DenseLayout.ReadScale(ref payload);
        }
        plan.ScaleOfScales = DenseLayout.ReadScale(ref payload);
        plan.FirstScale = DenseLayout.ReadScale(ref payload);
        var reader = OpenRows(plan.Shape, payload);
        for (int row = 0; row < tapScales.Length; row++)
        {
            reader.Read(taps.Slice(row * Lanes, Lanes), tapScales[row]);
        }
        DecodeSamples(source, plan, ref reader, numbers);
        reader.RequireEnd();
    }

    private static void DecodeSamples(
        scoped in ChannelSource source,
        scoped DensePlan plan,
        scoped ref RowReader reader,
        Span<short> samples
    )
    {
        Span<short> numbers = stackalloc short[Run];
        Span<int> drive = stackalloc int[Run];
        int groups = (samples.Length + plan.GroupSamples - 1) / plan.GroupSamples;
        var scales = new ScaleReader(stackalloc short[DenseLayout.ScaleRun], plan, groups);
        var filter = new LagFilter(plan.Taps[..plan.Order], plan.Shift, plan.Before);
        for (int start = 0; start < samples.Length; start += Run)
        {
            int count = Math.Min(Run, samples.Length - start);
            int padded = (count + Lanes - 1) / Lanes * Lanes;
            drive[..padded].Fill(plan.Bias);
            for (int i = 0; i < plan.References.Length; i++)
            {
                var reference = source.EarlierChannel(source.Channel - plan.References[i]);
                var known = new ReferenceNumbers(reference, source.Header.SampleType);
                ReferenceFilter.Add(known, start, plan.TapsOf(i), drive[..padded]);
            }
            int done = 0;
            for (int at = 0; at < padded; at += plan.GroupSamples)
            {
                if (scales.NeedsRun)
                {
                    reader.Read(scales.NextRun(), scales.OfScales);
                }
                var scale = scales.Next();
                var group = numbers[at..Math.Min(padded, at + plan.GroupSamples)];
                reader.Read(group, scale);
                if (scale.IsHeld)
                {
                    filter.Undo(numbers[done..at], drive[done..at]);
                    group.Fill(filter.Hold(group.Length));
                    done = at + group.Length;
                }
            }
            filter.Undo(numbers[done..padded], drive[done..padded]);
            plan.Map.Apply(numbers[..count], samples.Slice(start, count));
        }
    }

    private static void CheckReferences(scoped DensePlan plan, int channel, bool across)
    {
        bool fits = across != plan.References.IsEmpty;
        foreach (byte back in plan.References)
        {
            fits &= back >= 1 && back <= channel % DenseLayout.ChannelGroup;
        }
        if (!fits)
        {
            throw DenseFault.Malformed("it refers to channels that it may not refer to");
        }
    }

    private static RowReader OpenRows(int shape, ReadOnlySpan<byte> payload)
    {
        const int VectorBytes = Lanes * sizeof(ushort);
        int lowVectors = DenseLayout.ReadCount(ref payload, VectorBytes);
        int escapes = DenseLayout.ReadCount(ref payload, sizeof(ushort));
        int lowBytes = lowVectors * VectorBytes;
        int wordsAt = lowBytes + (escapes * sizeof(ushort));
        int wordBytes = payload.Length - wordsAt;
        if (wordBytes < Lanes * sizeof(uint) || wordBytes % sizeof(ushort) != 0)
        {
            throw DenseFault.Malformed("its coded words are cut");
        }
        return new(
            shape,
            MemoryMarshal.Cast<byte, Vector128<ushort>>(payload[..lowBytes]),
            MemoryMarshal.Cast<byte, ushort>(payload[lowBytes..wordsAt]),
            MemoryMarshal.Cast<byte, ushort>(payload[wordsAt..])
        );
    }
}
