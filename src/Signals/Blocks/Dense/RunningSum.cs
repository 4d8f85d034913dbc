using System.Runtime.Intrinsics;
using Dendrite.Signals.Blocks.Fast;

namespace Dendrite.Signals.Blocks.Dense;

/// <summary>
/// Samples of 24 and 32 bits as their differences modulo 2^16, which is what prediction of int16 can work with: of a
/// slow signal in fine steps the samples are large and their differences small. Where one is not, a <em>jump</em> says
/// by how many times 2^16. Sums modulo 2^32.
/// </summary>
internal static class RunningSum
{
    // Samples that are worked on at once: they stay in the nearest cache.
    private const int Run = 512;

    /// <summary>Numbers of a run of samples; that of the first sample of all is 0.</summary>
    /// <param name="samples">All samples of the channel.</param>
    /// <param name="from">Index of the first of the run.</param>
    public static void Differences(SampleType type, ReadOnlySpan<byte> samples, int from, Span<short> numbers)
    {
        if (type == SampleType.Int24)
        {
            Differences<Int24Layout>(samples, from, numbers);
        }
        else
        {
            Differences<Int32Layout>(samples, from, numbers);
        }
    }

    /// <summary>Numbers and jumps of a whole channel.</summary>
    /// <returns>The first sample.</returns>
    public static int Split(SampleType type, ReadOnlySpan<byte> samples, Span<short> numbers, List<Jump> jumps) =>
        type == SampleType.Int24
            ? Split<Int24Layout>(samples, numbers, jumps)
            : Split<Int32Layout>(samples, numbers, jumps);

    /// <summary>Makes samples of a whole channel of its numbers, its jumps and its first sample.</summary>
    public static void Add(
        SampleType type,
        int first,
        JumpReader jumps,
        ReadOnlySpan<short> numbers,
        Span<byte> samples
    )
    {
        if (type == SampleType.Int24)
        {
            Add<Int24Layout>(first, jumps, numbers, samples);
        }
        else
        {
            Add<Int32Layout>(first, jumps, numbers, samples);
        }
    }

    private static void Differences<TLayout>(ReadOnlySpan<byte> samples, int from, Span<short> numbers)
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        Span<int> values = stackalloc int[Run + 1];
        for (int done = 0; done < numbers.Length; done += Run)
        {
            var run = numbers.Slice(done, Math.Min(Run, numbers.Length - done));
            int start = from + done;
            // The first sample of all follows itself.
            int missing = start == 0 ? 1 : 0;
            var wide = values[..(run.Length + 1)];
            TLayout.Load(samples[((start - 1 + missing) * size)..((start + run.Length) * size)], wide[missing..]);
            wide[0] = missing == 1 ? wide[1] : wide[0];
            Subtract(wide, run);
        }
    }

    private static void Subtract(ReadOnlySpan<int> values, Span<short> differences)
    {
        int i = 0;
        for (; i + Vector128<short>.Count <= differences.Length; i += Vector128<short>.Count)
        {
            var later = Vector256.Create(values.Slice(i + 1, Vector256<int>.Count));
            var change = later - Vector256.Create(values.Slice(i, Vector256<int>.Count));
            Vector128.Narrow(change.GetLower(), change.GetUpper()).CopyTo(differences[i..]);
        }
        for (; i < differences.Length; i++)
        {
            differences[i] = unchecked((short)(values[i + 1] - values[i]));
        }
    }

    private static int Split<TLayout>(ReadOnlySpan<byte> samples, Span<short> numbers, List<Jump> jumps)
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        Span<int> values = stackalloc int[Run];
        int first = 0;
        int last = 0;
        for (int start = 0; start < numbers.Length; start += Run)
        {
            var run = values[..Math.Min(Run, numbers.Length - start)];
            TLayout.Load(samples.Slice(start * size, run.Length * size), run);
            if (start == 0)
            {
                first = last = run[0];
            }
            for (int i = 0; i < run.Length; i++)
            {
                int change = unchecked(run[i] - last);
                last = run[i];
                short number = unchecked((short)change);
                numbers[start + i] = number;
                if (number != change)
                {
                    jumps.Add(new(start + i, unchecked((short)((change - number) >> 16))));
                }
            }
        }
        return first;
    }

    private static void Add<TLayout>(int first, JumpReader jumps, ReadOnlySpan<short> numbers, Span<byte> samples)
        where TLayout : struct, IWideLayout
    {
        int size = TLayout.Type.SizeBytes();
        Span<int> values = stackalloc int[Run];
        uint sum = (uint)first;
        bool jumping = jumps.TryRead(out var jump);
        for (int start = 0; start < numbers.Length; start += Run)
        {
            var run = numbers.Slice(start, Math.Min(Run, numbers.Length - start));
            for (int i = 0; i < run.Length; i++)
            {
                sum += (uint)run[i];
                values[i] = (int)sum;
            }
            while (jumping && jump.Sample < start + run.Length)
            {
                // Seldom: what was summed since is shifted.
                uint shift = (uint)jump.Height << 16;
                foreach (ref int value in values[(jump.Sample - start)..run.Length])
                {
                    value += (int)shift;
                }
                sum += shift;
                jumping = jumps.TryRead(out jump);
            }
            TLayout.Store(values[..run.Length], samples.Slice(start * size, run.Length * size));
        }
    }
}
