using System.Buffers.Binary;
using Dendrite.Signals.Blocks;

namespace Dendrite.Signals.Formats.Wfdb;

/// <summary>Puts unpacked frames one channel behind the other.</summary>
internal static class WfdbPieces
{
    /// <param name="part">Where the frames are from.</param>
    /// <param name="wanted">Which signals.</param>
    /// <param name="runs">For each file of the part's segment, the same frames.</param>
    /// <param name="firstFrame">The first of them, in the part.</param>
    /// <param name="frames">How many.</param>
    public static SamplePiece Of(
        WfdbPart part,
        WfdbStream wanted,
        IReadOnlyList<ReadOnlyMemory<int>> runs,
        long firstFrame,
        int frames
    )
    {
        int count = frames * wanted.SamplesPerFrame;
        var groups = Enumerable.Range(0, wanted.Groups.Max() + 1).Select(group => Room(wanted, group, count)).ToArray();
        int[] filled = new int[groups.Length];
        for (int i = 0; i < wanted.Signals.Count; i++)
        {
            int group = wanted.Groups[i];
            var packing = wanted.Packings[i];
            int bytes = count * packing.Type.SizeBytes();
            var target = groups[group].AsSpan(filled[group], bytes);
            filled[group] += bytes;
            Fill(part, wanted, i, runs, target);
        }
        return new((part.FirstFrame + firstFrame) * wanted.SamplesPerFrame, count)
        {
            Groups = [.. groups.Select(group => (ReadOnlyMemory<byte>)group)],
        };
    }

    /// <summary>The piece without its first samples.</summary>
    public static SamplePiece Skip(SamplePiece piece, WfdbStream wanted, int skipped)
    {
        long left = piece.SampleCount - skipped;
        return piece with
        {
            FirstSample = piece.FirstSample + skipped,
            SampleCount = left,
            Groups =
            [
                .. piece.Groups.Select(
                    (planar, group) => Skip(planar, piece.SampleCount, skipped, SizeOf(wanted, group))
                ),
            ],
        };
    }

    private static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> planar, long count, int skipped, int size)
    {
        int channelBytes = (int)count * size;
        int kept = channelBytes - (skipped * size);
        byte[] rest = new byte[planar.Length / channelBytes * kept];
        for (int channel = 0; channel * channelBytes < planar.Length; channel++)
        {
            planar.Span.Slice((channel * channelBytes) + (skipped * size), kept).CopyTo(rest.AsSpan(channel * kept));
        }
        return rest;
    }

    private static byte[] Room(WfdbStream wanted, int group, int count) =>
        new byte[(long)wanted.Groups.Count(candidate => candidate == group) * count * SizeOf(wanted, group)];

    private static int SizeOf(WfdbStream wanted, int group) =>
        wanted.Packings[wanted.Groups.ToList().IndexOf(group)].Type.SizeBytes();

    private static void Fill(
        WfdbPart part,
        WfdbStream wanted,
        int channel,
        IReadOnlyList<ReadOnlyMemory<int>> runs,
        Span<byte> target
    )
    {
        var packing = wanted.Packings[channel];
        int place = part.Places[wanted.Signals[channel]];
        int size = packing.Type.SizeBytes();
        if (place < 0)
        {
            for (int at = 0; at < target.Length; at += size)
            {
                Write(target[at..], packing.Type, packing.Invalid);
            }
            return;
        }
        var segment = part.Segment!;
        int file = segment.SignalFiles.ToList().FindIndex(candidate => candidate.Signals.Contains(place));
        var signals = segment.SignalFiles[file].Signals;
        int offset = signals
            .TakeWhile(signal => signal != place)
            .Sum(signal => segment.Signals[signal].SamplesPerFrame);
        int step = segment.SignalFiles[file].FrameSamples;
        var samples = runs[file].Span;
        for (int i = 0; i * size < target.Length; i++)
        {
            var (frame, within) = Math.DivRem(i, wanted.SamplesPerFrame);
            Write(target[(i * size)..], packing.Type, samples[(frame * step) + offset + within]);
        }
    }

    private static void Write(Span<byte> target, SampleType type, int value)
    {
        switch (type)
        {
            case SampleType.Int16:
                BinaryPrimitives.WriteInt16LittleEndian(target, (short)value);
                break;
            case SampleType.Int24:
                (target[0], target[1], target[2]) = ((byte)value, (byte)(value >> 8), (byte)(value >> 16));
                break;
            default:
                BinaryPrimitives.WriteInt32LittleEndian(target, value);
                break;
        }
    }
}
