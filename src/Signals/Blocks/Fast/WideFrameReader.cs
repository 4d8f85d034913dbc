using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Dendrite.Signals.Blocks.Fast;

/// <summary>
/// Reads a channel of escaped32, frame by frame: a byte by how much every number is shifted, then the frames.
/// </summary>
/// <param name="payload">The channel, or what of it is not something else.</param>
/// <param name="sampleCount">How many numbers it stands for.</param>
internal ref struct WideFrameReader(ReadOnlySpan<byte> payload, int sampleCount)
{
    private FrameReader frames = new(payload);
    private Integrator32 integrator;
    private int left = sampleCount;
    private int repeats;
    private int shift = -1;

    /// <summary>Reads the next frame.</summary>
    /// <param name="frame">A whole frame's room.</param>
    /// <returns>Numbers read: a whole frame, but for the channel's last.</returns>
    /// <exception cref="BlockFormatException">The payload is damaged.</exception>
    public int ReadFrame(scoped Span<int> frame)
    {
        if (shift < 0)
        {
            ReadShift();
        }
        int count = Math.Min(left, FrameLayout.Samples);
        if (repeats == 0)
        {
            ReadFrame(frame, count);
        }
        if (repeats > 0)
        {
            frame.Fill(integrator.Last);
            repeats--;
        }
        if (shift > 0)
        {
            Shift(frame, shift);
        }
        left -= count;
        return count;
    }

    /// <summary>All frames were read; anything left is damage.</summary>
    public readonly void RequireEnd() => frames.RequireEnd();

    private void ReadShift()
    {
        shift = frames.Take(1)[0];
        if (shift >= 32)
        {
            throw FrameReader.Malformed($"numbers of 32 bits shifted by {shift}");
        }
    }

    /// <summary>A frame, or the opening of a run.</summary>
    private void ReadFrame(scoped Span<int> frame, int count)
    {
        ushort opening = frames.ReadHead();
        if (FrameHead.IsRun(opening))
        {
            repeats = FrameLayout.RunFrames(opening, left);
            integrator.Repeat();
            return;
        }
        var head = FrameHead.Unpack(opening);
        int level = head.Order == 0 ? frames.ReadInt32() : 0;
        Residuals32.Read(ref frames, head, count, MemoryMarshal.Cast<int, uint>(frame));
        integrator.Undo(frame, head.Order, level);
    }

    private static void Shift(Span<int> frame, int shift)
    {
        foreach (ref var lanes in MemoryMarshal.Cast<int, Vector256<int>>(frame))
        {
            lanes <<= shift;
        }
    }
}
