namespace Dendrite.Signals.Formats.Xdf;

/// <summary>
/// Decides which samples of a stream become anchors. Irregular: each. Regular: those that have a time stamp in the
/// file, which keeps them all; of very many every so many-th. Always the first and the last, and both sides of a jump
/// forward of more than half a sample, so that a gap lies where it was. A chunk that was sent early steps back behind
/// the end that follows from the one before; nothing is missing there, and its own time stamp is the better one.
/// Instants never go back: where a time stamp does, they stand still until it has caught up.
/// </summary>
internal sealed class XdfAnchors(XdfSource source)
{
    /// <summary>More time stamps than this of a regular stream are its jitter many times over.</summary>
    private const long MaxStamps = 100_000;

    private long stamps;
    private long anchored = -1;
    private (double Seconds, long FileOffset)? previous;
    private decimal latest = decimal.MinValue;

    public static long StrideOf(XdfStream stream, RecordingWarnings warnings)
    {
        if (stream.Header.Rate.IsIrregular || stream.Header.IsText || stream.StampCount <= MaxStamps)
        {
            return 1;
        }
        long stride = (stream.StampCount + MaxStamps - 1) / MaxStamps;
        warnings.Add(
            RecordingWarningKind.AnchorsThinned,
            $"stream {stream.Header.Id}: time stamps",
            stream.Header.Offset,
            $"{stream.StampCount}; every {stride}th is kept as an anchor, and those around jumps."
        );
        return stride;
    }

    /// <summary>Adds the anchors of the next sample.</summary>
    /// <param name="sample">Index of the sample; they come in order from 0.</param>
    /// <param name="seconds">Its time by the stream's clock.</param>
    /// <param name="hasStamp">Whether the file says so, or it follows from the one before.</param>
    /// <param name="fileOffset">Where its chunk is.</param>
    public void Add(long sample, double seconds, bool hasStamp, long fileOffset, List<RecordedAnchor> anchors)
    {
        bool jumps = hasStamp && previous is { } last && IsJump(last, (seconds, fileOffset));
        if (jumps && anchored < sample - 1)
        {
            anchors.Add(AnchorAt(sample - 1, previous!.Value.Seconds, previous.Value.FileOffset));
        }
        bool isDue = hasStamp && stamps % source.AnchorStride == 0;
        stamps += hasStamp ? 1 : 0;
        if (isDue || jumps || sample == 0 || sample == source.SampleCount - 1)
        {
            anchors.Add(AnchorAt(sample, seconds, fileOffset));
            anchored = sample;
        }
        previous = (seconds, fileOffset);
    }

    private RecordedAnchor AnchorAt(long sample, double seconds, long fileOffset)
    {
        var anchor = source.AnchorAt(sample, seconds, fileOffset);
        latest = Math.Max(latest, anchor.Seconds);
        return anchor with { Seconds = latest };
    }

    private bool IsJump((double Seconds, long FileOffset) before, (double Seconds, long FileOffset) after)
    {
        double interval = source.Header.IntervalSeconds;
        return interval > 0
            && (
                after.Seconds - before.Seconds - interval > interval / 2
                || source.Clock.RunOf(before.Seconds, before.FileOffset)
                    != source.Clock.RunOf(after.Seconds, after.FileOffset)
            );
    }
}
