namespace Dendrite.Signals.Formats.Xdf;

/// <summary>A text of a marker stream, with its time as the file has it.</summary>
internal readonly record struct XdfMarker(double Seconds, long FileOffset, int Channel, string Text);

/// <summary>Two time stamps that follow each other, the later one earlier, and where their chunks are.</summary>
internal readonly record struct XdfStepBack(double Before, long BeforeOffset, double After, long AfterOffset);

/// <summary>What the first reading of a file gathers of one stream.</summary>
internal sealed class XdfStream(XdfHeader header)
{
    /// <summary>Of steps back that are told from settings of the clock; past them, all are counted.</summary>
    private const int MaxSteps = 100_000;

    private readonly List<XdfStepBack> stepsBack = [];
    private (double Seconds, long FileOffset)? lastStamp;
    private long lowest = long.MaxValue;
    private long highest = long.MinValue;

    public XdfHeader Header => header;

    /// <summary>Of its samples, as the first reading goes through them.</summary>
    public XdfTimes Times { get; } = new(header);

    public List<XdfClockOffset> ClockOffsets { get; } = [];

    public List<XdfMarker> Markers { get; } = [];

    /// <summary>Of each channel.</summary>
    public long SampleCount { get; set; }

    /// <summary>Samples with a time stamp of their own.</summary>
    public long StampCount { get; private set; }

    /// <summary>Time stamps that are before the one before them, as the file has them.</summary>
    public long StepBackCount { get; private set; }

    /// <summary>The first of these.</summary>
    public IReadOnlyList<XdfStepBack> StepsBack => stepsBack;

    /// <summary>Of the first sample, and where it stands; null while there is none.</summary>
    public (double Seconds, long FileOffset)? First { get; set; }

    /// <summary>The text of the footer; empty where there is none.</summary>
    public string Footer { get; set; } = "";

    public void AddStamp(double seconds, long fileOffset)
    {
        StampCount++;
        if (lastStamp is { } last && seconds < last.Seconds)
        {
            StepBackCount++;
            if (stepsBack.Count < MaxSteps)
            {
                stepsBack.Add(new(last.Seconds, last.FileOffset, seconds, fileOffset));
            }
        }
        lastStamp = (seconds, fileOffset);
    }

    /// <summary>Values that 64-bit streams hold: what they can be stored as depends on it.</summary>
    public void Widen(long value) => (lowest, highest) = (Math.Min(lowest, value), Math.Max(highest, value));

    public bool FitsInt32 => SampleCount == 0 || (lowest >= int.MinValue && highest <= int.MaxValue);

    public bool FitsDouble => SampleCount == 0 || (lowest >= -(1L << 53) && highest <= 1L << 53);
}
